public import GlareModel
import GlareSystem

/// A version that another one is put together from. What is wrong with it is its own fault, and told apart from
/// what goes wrong with the new one.
public struct BaseBlocks: BlockSource {
    private let file: FileBlocks

    public init(_ file: FileBlocks) { self.file = file }

    public var size: Int64 { file.size }
    public var kind: BlockSourceKind { file.kind }

    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws {
        try blaming { try file.read(into: buffer, at: offset) }
    }

    public func nextData(from offset: Int64) throws -> Range<Int64> {
        try blaming { try file.nextData(from: offset) }
    }

    private func blaming<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as SystemError { throw WrongBase("\(error)") }
    }
}

/// A version that is not, or can't be read as, what it should be: nothing that was made of it is used.
public struct WrongBase: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
