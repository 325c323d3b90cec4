import ArgumentParser

extension Option {
    /// The option of a setting. Its value is read by ``Configuration``, which knows what else may set it.
    init<Parsed>(_ setting: Setting<Parsed>) where Value == String? {
        self.init(name: setting.names, help: setting.help, completion: setting.kind.completion)
    }

    /// The option of a setting that may be given several times.
    init<Parsed>(wrappedValue: [String], _ setting: Setting<[Parsed]>) where Value == [String] {
        self.init(
            wrappedValue: wrappedValue, name: setting.names, help: setting.help, completion: setting.kind.completion)
    }
}

extension Setting {
    fileprivate var names: NameSpecification {
        short.map { [.customShort($0), .customLong(option)] } ?? .customLong(option)
    }

    fileprivate var help: ArgumentHelp {
        let preset = fallback.map { ", default \($0)" } ?? ""
        return ArgumentHelp("\(summary). (\(key)\(preset))", valueName: placeholder)
    }
}
