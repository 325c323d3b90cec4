import GlareModel

extension RepositoryState {
    /// What no host may install, sorted by name and id: also versions that wait for their removal, for as long as
    /// their file is there it may be listed again, and hosts may have it.
    var withdrawn: [Catalogue.WithdrawnVersion] {
        files.sorted { $0.key < $1.key }.compactMap { fileName, file in
            guard let name = VersionName(fileName: fileName), name.id.names(file.digests),
                let withdrawal = marks(of: name).withdrawn
            else { return nil }
            return Catalogue.WithdrawnVersion(
                name: name.image, id: name.id, sha256: file.digests.sha256, withdrawal: withdrawal)
        }
    }

    /// The withdrawn version that somebody means by its digits, though it is in the catalogue no more.
    ///
    /// - Throws: `InvalidReference`, where there are several.
    func retiredWithdrawn(_ reference: ImageReference) throws -> VersionName? {
        let ids = withdrawn.filter { $0.name == reference.image }.map(\.id)
        do {
            return VersionName(reference.image, try reference.resolve(among: ids, current: nil))
        } catch InvalidReference.noSuchVersion {
            return nil
        }
    }
}
