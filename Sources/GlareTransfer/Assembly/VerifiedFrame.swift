import GlareModel
import GlareSystem

/// The bytes of a frame that are known to be those of the manifest. Only such bytes are written into an
/// image: there is no other way to make one of these.
public struct VerifiedFrame: ~Copyable {
    let frame: Manifest.Frame
    let buffer: BlockBuffer

    /// - Parameters:
    ///   - buffer: The plain bytes.
    ///   - origin: Where they came from, for the message.
    /// - Throws: ``WrongFrame``.
    init(_ buffer: BlockBuffer, as frame: Manifest.Frame, origin: @autoclosure () -> String) throws {
        let isRight =
            buffer.count == frame.size
            && (frame.plainDigest.map { $0 == BinaryDigest(of: buffer.bytes) } ?? buffer.bytes.isZero)
        guard isRight else { throw WrongFrame(offset: frame.offset, size: frame.size, origin: origin()) }
        self.frame = frame
        self.buffer = buffer
    }
}

extension VerifiedFrame {
    /// Of bytes from a file that was verified when it was placed, and that nobody has touched since.
    init(trusting buffer: BlockBuffer, as frame: Manifest.Frame) {
        self.frame = frame
        self.buffer = buffer
    }
}

/// A stretch of an image that came out otherwise than its manifest says.
public struct WrongFrame: Error, CustomStringConvertible {
    /// In the image, in bytes.
    public let offset: Int64
    public let size: Int64
    public let origin: String

    public var description: String {
        "\(origin): the \(size) bytes at \(offset) are not those of the manifest: their SHA-256 is another"
    }
}
