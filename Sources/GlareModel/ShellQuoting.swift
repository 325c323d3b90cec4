extension String {
    /// As a shell takes it for one word: in quotes only where it needs them.
    public var quotedForShell: String {
        let isPlain = { (character: Character) in
            character.isASCII && (character.isLetter || character.isNumber || "/._+-:@%".contains(character))
        }
        if !isEmpty && allSatisfy(isPlain) { return self }
        return "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
