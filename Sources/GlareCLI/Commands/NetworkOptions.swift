import ArgumentParser
import FoundationEssentials
import GlareSync
import GlareSystem

/// How servers are reached: of every command that asks one.
struct NetworkOptions: ParsableArguments {
    @Option(Settings.header) var header: [String] = []
    @Option(Settings.netrc) var netrc: String?
    @Option(Settings.caFile) var caFile: String?
    @Option(Settings.clientCertificate) var clientCert: String?
    @Option(Settings.clientKey) var clientKey: String?
    @Option(Settings.limitRate) var limitRate: String?
    @Option(Settings.stallTime) var stallTime: String?
    @Option(Settings.stallSpeed) var stallSpeed: String?

    /// - Throws: ``SettingError``, ``CommandFailure``, and what a header or a proxy is not.
    func http(_ settings: Configuration) throws -> HTTPOptions {
        let rate = try settings.required(Settings.limitRate, option: limitRate)
        return HTTPOptions(
            headers: try settings.list(Settings.header, options: header).flatMap(Self.headers),
            caFile: try settings.path(Settings.caFile, option: caFile),
            clientCertificate: try settings.path(Settings.clientCertificate, option: clientCert),
            clientKey: try settings.path(Settings.clientKey, option: clientKey),
            netrc: try netrcFile(settings),
            proxies: try ProxySettings(environment: ProcessInfo.processInfo.environment),
            limitRate: rate == 0 ? nil : rate,
            stall: StallRule(
                seconds: try settings.required(Settings.stallTime, option: stallTime),
                bytesPerSecond: try settings.required(Settings.stallSpeed, option: stallSpeed)))
    }

    /// The usual one need not be there, nor be ours; one that somebody names must.
    private func netrcFile(_ settings: Configuration) throws -> String? {
        guard let path = try settings.path(Settings.netrc, option: netrc) else { return nil }
        do {
            _ = try File.open(path)
            return path
        } catch  where netrc == nil && !settings.isSet(Settings.netrc) {
            return nil
        }
    }

    private static func headers(_ text: String) throws -> [HTTPHeader] {
        guard text.hasPrefix("@") else { return [try HTTPHeader(parsing: text)] }
        let file = try File.open(String(text.dropFirst()))
        let bytes = try file.readAll(limit: 1 << 16)
        return try HTTPHeader.parse(file: String(decoding: bytes, as: UTF8.self))
    }
}
