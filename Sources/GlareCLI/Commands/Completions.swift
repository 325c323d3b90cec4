import ArgumentParser
import FoundationEssentials
import GlareModel
import GlareSync

extension CompletionKind {
    /// Names of images, of the repository and the cache on this machine: a shell must not wait for a server.
    static let images = CompletionKind.custom { words, _, _ in
        await knownImages(words).map(\.name.text)
    }

    /// The same, and after an `@` the versions of the image before it.
    static let imagesAndVersions = CompletionKind.custom { words, _, prefix in
        let images = await knownImages(words)
        guard let at = prefix.firstIndex(of: "@") else { return images.map(\.name.text) }
        return images.filter { $0.name.text == prefix[..<at] }.flatMap { image in
            image.versions.compactMap(\.id).map { "\(image.name)@\($0)" }
        }
    }

    private static func knownImages(_ words: [String]) async -> [ListedImage] {
        let configuration = Configuration(environment: ProcessInfo.processInfo.environment)
        // To sync, -d is another directory.
        let isSync = words.contains { $0 == "sync" || $0 == "glare-sync" }
        // To these only what is in the cache is of use.
        let isOfCache = words.contains { ["clone", "pin", "unpin"].contains($0.removingPrefix("glare-")) }
        let place = { (setting: Setting<String>) -> String? in
            let isNamed = !(isSync && setting.key == Settings.directory.key)
            return (isNamed ? named(setting, in: words) : nil) ?? (try? configuration.value(setting)) ?? nil
        }
        var images: [ListedImage] = []
        if !isOfCache, let directory = place(Settings.directory).map(expanded) {
            images += (try? await Inventory.images(of: [fileAddress(directory)], trustedKeys: [])) ?? []
        }
        if let cache = place(Settings.targetDirectory).map(expanded) {
            let cached = (try? Inventory.images(inCache: cache)) ?? []
            images += cached.filter { image in !images.contains { $0.name == image.name } }
        }
        return images
    }

    /// A path as the shell will have it; it gives us the words as they were typed.
    private static func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"] else { return path }
        return home + path.dropFirst()
    }

    /// What the line so far says of a setting.
    private static func named(_ setting: Setting<String>, in words: [String]) -> String? {
        let names = ["--\(setting.option)"] + (setting.short.map { ["-\($0)"] } ?? [])
        if let index = words.lastIndex(where: names.contains), index + 1 < words.count { return words[index + 1] }
        return words.last { $0.hasPrefix("--\(setting.option)=") }.map {
            String($0.split(separator: "=", maxSplits: 1)[1])
        }
    }
}
