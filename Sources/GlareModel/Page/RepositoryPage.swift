import FoundationEssentials

/// `index.html`: the catalogue for people, readable without its script and safe under any web server.
///
/// It is made in parts, an image at a time, so that it takes no more memory than one. Equal catalogues and
/// changelogs give equal bytes: what depends on the day, as ages do, is left to the reader's browser.
public struct RepositoryPage: Sendable {
    private let catalogue: Catalogue
    private let versionCount: Int

    /// - Parameter versionCount: Of all images.
    public init(_ catalogue: Catalogue, versionCount: Int) {
        self.catalogue = catalogue
        self.versionCount = versionCount
    }

    /// What a web server may send as the header Content-Security-Policy; the page has it in itself.
    public static let contentSecurityPolicy = PageSecurity.policy

    /// What comes before the images.
    public var opening: [UInt8] {
        let html: HTML = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(PageSecurity.policy)">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="generator" content="Glare">
            <title>Virtual machine images</title>
            <link rel="icon" href="data:,">
            <style>\(PageStyle.source)</style>
            </head>
            <body>
            <header>
            <h1>Virtual machine images</h1>
            \(introduction)
            </header>
            <main>
            \(Self.tools.when(hasImages))
            """
        return html.bytes
    }

    /// One image.
    ///
    /// - Parameter changelog: The image's; it may be cut off somewhere below its newest entries.
    public func part(_ record: ImageRecord, changelog: Changelog) -> [UInt8] {
        PageImage(record, changelog: changelog).html.bytes
    }

    /// What comes after the images, but for the ``PageSeal``.
    public var closing: [UInt8] {
        let endOfImages: HTML = "</div>"
        let html: HTML = """
            \(endOfImages.when(hasImages))
            </main>
            <footer>
            <p>Catalogue \(catalogue.serial), \(catalogue.created.onPage). For programs:
            <a href="\(RepositoryLayout.catalogue)">\(RepositoryLayout.catalogue)</a>,
            <a href="\(RepositoryLayout.imageList)">\(RepositoryLayout.imageList)</a>,
            <a href="\(RepositoryLayout.checksums)">\(RepositoryLayout.checksums)</a>.</p>
            <p>Published with Glare.</p>
            </footer>
            <script>\(PageScript.source)</script>
            </body>
            </html>

            """
        return html.bytes
    }

    /// Also those that no host installs: they stand on the page, with the reason.
    private var hasImages: Bool { !catalogue.rows.isEmpty }

    private var introduction: HTML {
        guard hasImages else {
            return """
                <p class="lead">There are none yet. <code>glare add-image</code> publishes the first.</p>
                """
        }
        let counts = "\(catalogue.rows.count.counted("image")), \(versionCount.counted("version"))"
        return """
            <p class="lead">\(counts). A host that keeps all of them current runs this from a timer:</p>
            \(pageCommand("glare sync -s ", "", label: "the command for all images"))
            """
    }

    private static let tools: HTML = """
        <div class="tools" id="_tools" role="search" hidden>
        <label class="unseen" for="_search">Search images</label>
        <input type="search" id="_search" placeholder="Search names, messages, digests" autocomplete="off" spellcheck="false">
        <span role="status" id="_status"></span>
        </div>
        <div class="columns" id="_columns"><span data-key="name">Image</span><span data-key="format">Format</span>\
        <span data-key="virtual">Virtual</span><span data-key="disk">On disk</span>\
        <span data-key="update">Update</span><span data-key="time">Age</span></div>
        <div id="_images">

        """
}

/// A command that reaches the repository, whose address the script fills in.
func pageCommand(_ start: StaticString, _ end: String, label: String) -> HTML {
    """
    <div class="command"><pre tabindex="0"><code data-copy="\(label)">\(start)<span class="server">URL</span> \
    -t cache\(end)</code></pre></div>
    """
}

extension Date {
    /// To the second, in UTC; the script makes an age of it.
    var onPage: HTML {
        let time = CivilTime(seconds: Int64(timeIntervalSince1970))
        let day = "\(time.year.padded(4))-\(time.month.padded(2))-\(time.day.padded(2))"
        return #"<time datetime="\#(day)T\#(time.clock)Z">\#(day)</time>"#
    }
}

extension Int {
    func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
