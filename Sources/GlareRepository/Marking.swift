import FoundationEssentials
public import GlareModel

/// What is said of a version, and what its image is called: all that changes without its content.
public struct MarkedVersion: Sendable {
    public let version: VersionName
    public let isCurrent: Bool
    public let marks: VersionMarks
    /// Whether anything is other than it was.
    public let isChanged: Bool
}

extension Repository {
    /// Keeps a version's bytes, and lets no host install it from now on; one that is the current version of its
    /// image leaves hosts with what they have.
    ///
    /// - Parameter reason: For those who have it; nil to take the withdrawal back.
    /// - Throws: `InvalidReference`, ``RepositoryError``, `SystemError`.
    public func withdraw(_ reference: ImageReference, reason: String?) throws -> MarkedVersion {
        if let reason, !reason.contains(where: { !$0.isWhitespace }) { throw RepositoryError.emptyMessage }
        // One that was removed can come again while its file is there.
        return try mark(reference, orRetired: reason == nil) { marks, change in
            // Once more, with another reason: it was withdrawn when it was.
            let since = marks.withdrawn?.since ?? change.date
            marks.withdrawn = reason.map { Withdrawal(since: since, reason: $0) }
        }
    }

    /// Keeps a version from retention and removal, or no longer.
    ///
    /// - Throws: `InvalidReference`, `SystemError`.
    public func protect(_ reference: ImageReference, _ isProtected: Bool) throws -> MarkedVersion {
        try mark(reference) { marks, _ in marks.isProtected = isProtected ? true : nil }
    }

    /// - Throws: `InvalidReference`, `InvalidProperty`, `SystemError`.
    public func annotate(_ reference: ImageReference, _ assignments: [PropertyAssignment]) throws -> MarkedVersion {
        try mark(reference) { marks, _ in try marks.apply(assignments) }
    }

    /// - Parameter orRetired: Also a withdrawn version that waits for its removal.
    private func mark(
        _ reference: ImageReference, orRetired: Bool = false, _ set: (inout VersionMarks, Change) throws -> Void
    ) throws -> MarkedVersion {
        let known = try survey().survey
        return try change(known: known) { change in
            let (version, isCurrent) = try change.marked(reference, orRetired: orRetired)
            let before = change.state.marks(of: version)
            var marks = before
            try set(&marks, change)
            change.state.setMarks(marks, of: version)
            try change.refresh()
            return MarkedVersion(version: version, isCurrent: isCurrent, marks: marks, isChanged: marks != before)
        }
    }
}

extension Change {
    fileprivate func marked(
        _ reference: ImageReference, orRetired: Bool
    ) throws -> (version: VersionName, isCurrent: Bool) {
        do {
            let (image, version) = try holdings.version(reference)
            return (version.name, version.name.id == image.current)
        } catch let error as InvalidReference {
            guard orRetired, let version = try state.retiredWithdrawn(reference) else { throw error }
            return (version, false)
        }
    }

    mutating func annotate(_ version: VersionName, _ assignments: [PropertyAssignment]) throws {
        guard !assignments.isEmpty else { return }
        var marks = state.marks(of: version)
        try marks.apply(assignments)
        state.setMarks(marks, of: version)
        try refresh()
    }
}

extension VersionMarks {
    fileprivate mutating func apply(_ assignments: [PropertyAssignment]) throws {
        var changed = properties ?? ImageProperties()
        try changed.apply(assignments)
        properties = changed.isEmpty ? nil : changed
    }
}
