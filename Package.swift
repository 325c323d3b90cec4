// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target. CI adds `-warnings-as-errors` through `STRICT`, so that a new
/// compiler's new warning never stops a user from building.
let strict: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + (Context.environment["STRICT"] == "1" ? [.treatAllWarnings(as: .error)] : [])

let package = Package(
    name: "glare",
    products: [.executable(name: "glare", targets: ["glare"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
        // Without its traits this one pulls in Foundation, whose ICU data adds 44 MB.
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    // Top of the list: nearest to the user. A target imports only from below itself
    // (Tests/ArchitectureTests checks it and gives the reason for each rule).
    targets: [
        .executableTarget(name: "glare", dependencies: ["GlareCLI"], swiftSettings: strict),
        .target(
            name: "GlareCLI",
            dependencies: [
                "GlareServer", "GlareSync", "GlareRepository", "GlareTransfer", "GlareDiskImage", "GlareModel",
                "GlareSystem",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "GlareServer",
            dependencies: [
                "GlareModel", "GlareSystem",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "GlareSync",
            dependencies: [
                "GlareTransfer", "GlareDiskImage", "GlareModel", "GlareSystem",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "GlareRepository",
            dependencies: [
                "GlareTransfer", "GlareDiskImage", "GlareModel", "GlareSystem",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "GlareTransfer", dependencies: ["GlareModel", "GlareSystem", "CZstd", "CXXHash"],
            swiftSettings: strict),
        .target(name: "GlareDiskImage", dependencies: ["GlareSystem"], swiftSettings: strict),
        .target(
            name: "GlareModel",
            dependencies: ["CSHA256", "CSodium", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict
        ),
        .target(
            name: "GlareSystem",
            dependencies: [
                "CGlareSystem",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(name: "CGlareSystem"),
        .target(name: "CSHA256"),
        .target(name: "CXXHash"),
        .systemLibrary(name: "CSodium"),
        .systemLibrary(name: "CZstd"),

        .target(name: "GlareTestSupport", path: "Tests/GlareTestSupport"),
        .testTarget(name: "ArchitectureTests"),
        // Black-box tests of the program, which has to be built before them.
        .testTarget(name: "EndToEndTests", dependencies: ["glare", "GlareTestSupport"]),
        // What the program leaves when it is killed, the disk is full or the power fails.
        .testTarget(
            name: "Faults", dependencies: ["glare", "GlareTestSupport"], path: "Tests/Faults",
            exclude: ["reader.py", "short-writes.c"]),
        // Of the release build, which GLARE_RELEASE_BINARY names.
        .testTarget(name: "ReleaseTests", dependencies: ["GlareTestSupport"]),
        .testTarget(name: "GlareCLITests", dependencies: ["GlareCLI", "GlareTestSupport"]),
        .testTarget(
            name: "GlareSyncTests",
            dependencies: [
                "GlareSync", "GlareTransfer", "GlareModel", "GlareSystem", "GlareTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .testTarget(
            name: "GlareServerTests",
            dependencies: [
                "GlareServer", "GlareModel", "GlareSystem", "GlareTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
            ]),
        .testTarget(name: "GlareDiskImageTests", dependencies: ["GlareDiskImage", "GlareSystem", "GlareTestSupport"]),
        .testTarget(
            name: "GlareTransferTests",
            dependencies: ["GlareTransfer", "GlareSystem", "GlareModel", "GlareTestSupport"],
            exclude: ["Golden", "decode-transfer.py"]),
        .testTarget(name: "GlareModelTests", dependencies: ["GlareModel", "GlareTestSupport"]),
        .testTarget(name: "GlareSystemTests", dependencies: ["GlareSystem", "GlareTestSupport"]),
    ]
)
