/// What `glare --version` prints. Changed with each release, as is the date.
let glareVersion = "0.1.0"

/// Of the release, ISO 8601: what manual pages are dated, so that a build gives the same bytes again.
let glareReleaseDate = "2026-11-24"
