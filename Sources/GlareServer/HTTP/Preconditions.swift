import GlareModel

/// What a file's conditional requests are compared with (RFC 9110, 8.8).
struct Validators: Sendable {
    let tag: EntityTag
    let modified: HTTPDate
}

/// The conditions of a GET or HEAD, as they came (RFC 9110, 13.1); nil where the field is missing.
struct Preconditions: Sendable {
    var ifMatch: String?
    var ifUnmodifiedSince: String?
    var ifNoneMatch: String?
    var ifModifiedSince: String?
    var ifRange: String?

    enum Outcome: Equatable, Sendable {
        /// The method is carried out; a Range field counts only where `rangeApplies`.
        case perform(rangeApplies: Bool)
        /// 304
        case notModified
        /// 412
        case failed
    }

    /// Evaluates them in the order of RFC 9110, 13.2.2. To be asked only where the answer without any
    /// condition would be a success (13.2.1).
    func outcome(for file: Validators, now: HTTPDate) -> Outcome {
        if let ifMatch {
            guard matches(ifMatch, file) else { return .failed }
        } else if let limit = date(ifUnmodifiedSince, now), file.modified > limit {
            return .failed
        }
        if let ifNoneMatch {
            guard matchesNone(ifNoneMatch, file) else { return .notModified }
        } else if let limit = date(ifModifiedSince, now), file.modified <= limit {
            return .notModified
        }
        return .perform(rangeApplies: rangeApplies(to: file, now: now))
    }

    /// If-Match (13.1.1). A value that can't be read matches nothing: the client meant to be careful.
    private func matches(_ value: String, _ file: Validators) -> Bool {
        switch EntityTagList(value) {
        case .any: true
        case .tags(let tags): tags.contains { $0.stronglyMatches(file.tag) }
        case nil: false
        }
    }

    /// If-None-Match (13.1.2). A value that can't be read matches nothing: the client gets the file.
    private func matchesNone(_ value: String, _ file: Validators) -> Bool {
        switch EntityTagList(value) {
        case .any: false
        case .tags(let tags): !tags.contains { $0.weaklyMatches(file.tag) }
        case nil: true
        }
    }

    /// If-Range (13.1.5): a tag by strong comparison, or exactly the time of modification where that
    /// is a strong validator (8.8.2.2): not while the file can change again in the same second.
    private func rangeApplies(to file: Validators, now: HTTPDate) -> Bool {
        guard let ifRange else { return true }
        if let tag = EntityTag(ifRange) { return tag.stronglyMatches(file.tag) }
        return date(ifRange, now) == file.modified && file.modified < now
    }

    /// A date that can't be read is ignored (13.1.3, 13.1.4).
    private func date(_ value: String?, _ now: HTTPDate) -> HTTPDate? {
        value.flatMap { HTTPDate($0, now: now) }
    }
}
