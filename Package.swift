// swift-tools-version: 6.2
import PackageDescription

// An engine is a folder below Drivers/ and one row here; nothing else names it but the two lists
// that CONTRIBUTING.md points at (one in the command line tool, one in the tests).
let engines = ["PostgreSQL", "MariaDB", "SQLite"]

let settings: [SwiftSetting] = [.enableUpcomingFeature("ExistentialAny")]

let package = Package(
    name: "bootstrap",
    products: [
        .executable(name: "bootstrap", targets: ["BootstrapCLI"]),
        .library(name: "Bootstrap", targets: ["Bootstrap"]),
        .library(name: "BootstrapTesting", targets: ["BootstrapTesting"]),
    ] + engines.map { .library(name: "Bootstrap\($0)", targets: ["Bootstrap\($0)"]) },
    traits: Set(
        engines.map { .trait(name: $0, description: "The driver for \($0)") }
            + [
                .trait(name: "Logging", description: "Events as swift-log messages"),
                .default(enabledTraits: Set(engines)),
            ]
    ),
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        // Without `pkgConfig:`, so that a release build can link the static archives instead.
        .systemLibrary(name: "CBootstrapYAML", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CBootstrapArgon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CBootstrapCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CBootstrapZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CBootstrapMalloc"),
        .target(
            name: "Bootstrap",
            dependencies: [
                "CBootstrapYAML", "CBootstrapArgon2", "CBootstrapCrypt", "CBootstrapZlib",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(
                    name: "Logging", package: "swift-log", condition: .when(traits: ["Logging"])),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "BootstrapCLI",
            dependencies: [
                "Bootstrap", "CBootstrapMalloc",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ] + engines.map { .init(stringLiteral: "Bootstrap\($0)") },
            swiftSettings: settings),
        .target(
            name: "BootstrapTesting",
            dependencies: ["Bootstrap"] + engines.map { .init(stringLiteral: "Bootstrap\($0)") },
            swiftSettings: settings),
        // Scripts with their known cuts, and makers of hostile ones, for all tests.
        .target(
            name: "ScriptCorpus", path: "Tests/ScriptCorpus",
            exclude: ["Cuts", "Scripts", "README.md"],
            swiftSettings: settings),
        .testTarget(
            name: "BootstrapTests",
            dependencies: [
                "Bootstrap", "BootstrapCLI", "ScriptCorpus",
                .product(
                    name: "Logging", package: "swift-log", condition: .when(traits: ["Logging"])),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "DriverTests", dependencies: ["Bootstrap", "BootstrapTesting", "ScriptCorpus"],
            swiftSettings: settings),
        .testTarget(
            name: "ScenarioTests",
            dependencies: ["Bootstrap", "BootstrapTesting", "BootstrapCLI"],
            exclude: ["Scenarios"],
            swiftSettings: settings),
    ]
        + engines.flatMap { engine -> [Target] in
            [
                .target(
                    name: "CBootstrap\(engine)", path: "Drivers/\(engine)/CBootstrap\(engine)"),
                .target(
                    name: "Bootstrap\(engine)",
                    dependencies: ["Bootstrap", .init(stringLiteral: "CBootstrap\(engine)")],
                    path: "Drivers/\(engine)",
                    exclude: ["CBootstrap\(engine)"],
                    swiftSettings: settings),
            ]
        }
)
