// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

/// What a process has used so far, as the kernel counts it.
struct ProcessSample {
    /// Time on a processor, of all its threads.
    var cpuNanoseconds: UInt64 = 0
    /// Times a thread went to sleep by itself, and times it was put aside.
    var voluntarySwitches: UInt64 = 0
    var involuntarySwitches: UInt64 = 0
    var residentBytes: UInt64 = 0
    var threads = 0

    /// Reads `/proc/PID/task/*`: `schedstat` counts in nanoseconds where `stat` counts in hundredths of a second.
    init(process: Int32) throws(LoadError) {
        let folder = "/proc/\(process)/task"
        guard let directory = opendir(folder) else {
            throw LoadError(.noProcess, "process \(process) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if Int32(name) != nil { addThread("\(folder)/\(name)") }
        }
        residentBytes = ProcFile.value(of: "VmRSS", in: ProcFile.text("/proc/\(process)/status")) * 1_024
    }

    mutating func add(_ other: ProcessSample) {
        cpuNanoseconds += other.cpuNanoseconds
        voluntarySwitches += other.voluntarySwitches
        involuntarySwitches += other.involuntarySwitches
        residentBytes += other.residentBytes
        threads += other.threads
    }

    /// A thread may end between being listed and being read; it then counts as nothing.
    private mutating func addThread(_ folder: String) {
        let times = ProcFile.text("\(folder)/schedstat").split(separator: " ")
        let status = ProcFile.text("\(folder)/status")
        cpuNanoseconds += times.first.flatMap { UInt64($0) } ?? 0
        voluntarySwitches += ProcFile.value(of: "voluntary_ctxt_switches", in: status)
        involuntarySwitches += ProcFile.value(of: "nonvoluntary_ctxt_switches", in: status)
        threads += 1
    }
}
