import GlareModel
import GlareSystem

/// The plain bytes of a frame, and what their digest is.
struct DigestedBuffer {
    let buffer: BlockBuffer
    fileprivate let digest: BinaryDigest

    /// Digests what the buffers hold, several at a time.
    static func each(of buffers: [BlockBuffer]) -> [DigestedBuffer] {
        zip(buffers, BinaryDigest.each(of: buffers.map(\.bytes))).map(DigestedBuffer.init)
    }

    /// Whether it holds what the manifest says.
    func isRight(for frame: Manifest.Frame) -> Bool {
        buffer.count == frame.size && (frame.plainDigest.map { $0 == digest } ?? buffer.bytes.isZero)
    }
}

/// The bytes of a frame that are known to be those of the manifest. Only such bytes are written into an
/// image: there is no other way to make one of these.
public struct VerifiedFrame: ~Copyable {
    let frame: Manifest.Frame
    let buffer: BlockBuffer

    /// - Parameters:
    ///   - content: The plain bytes.
    ///   - origin: Where they came from, for the message.
    /// - Throws: ``WrongFrame``.
    init(_ content: DigestedBuffer, as frame: Manifest.Frame, origin: @autoclosure () -> String) throws {
        guard content.isRight(for: frame) else {
            throw WrongFrame(offset: frame.offset, size: frame.size, origin: origin())
        }
        self.frame = frame
        buffer = content.buffer
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
