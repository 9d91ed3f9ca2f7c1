/// This tool's version, by semantic versioning; the history records it.
public let toolVersion = "0.1.0"
