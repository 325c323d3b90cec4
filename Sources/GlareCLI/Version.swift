/// What `glare --version` prints. Changed with each release.
let glareVersion = "0.1.0"
