// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import SocketDriver

/// Certificates for tests, made once by the `openssl` command.
struct TestCertificates: Sendable {
    static let made = try! TestCertificates()

    let folder: URL

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "swiftgate-tls-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-e", "-c", Self.script]
        shell.currentDirectoryURL = folder
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        shell.waitUntilExit()
        guard shell.terminationStatus == 0 else { throw Failure(status: shell.terminationStatus) }
    }

    struct Failure: Error { let status: Int32 }

    func path(_ file: String) -> String { folder.appending(path: file).path }

    static func path(_ file: String) -> String { made.path(file) }

    static func certificate(_ name: String, names: [String] = []) -> TLSOptions.Certificate {
        TLSOptions.Certificate(chain: path("\(name).pem"), key: path("\(name).key"), names: names)
    }

    private static let script = """
        new="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        authority() { openssl req -x509 $new -keyout $1.key -out $1.pem -days 30 -subj "/CN=$1"; }
        signed() { # name, issuer, subject, extension
            openssl req $new -keyout $1.key -out $1.csr -subj "$3" -utf8
            echo "$4" > $1.ext
            openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days 30 -extfile $1.ext -out $1.pem
        }
        authority root
        authority stranger
        signed middle root /CN=middle basicConstraints=critical,CA:TRUE
        signed leaf middle /CN=leaf subjectAltName=DNS:leaf.example.org
        cat leaf.pem middle.pem > chain.pem
        cp leaf.key chain.key
        signed server root /CN=server subjectAltName=DNS:game.example.org,DNS:localhost,IP:127.0.0.1,IP:::1
        signed wild root /CN=wild subjectAltName=DNS:*.wild.example.org
        signed other root /CN=other subjectAltName=DNS:other.example.org
        signed player root "/O=Guild/CN=Zoë, the first" extendedKeyUsage=clientAuth
        signed impostor stranger /CN=impostor extendedKeyUsage=clientAuth
        signed misused root /CN=misused extendedKeyUsage=serverAuth
        openssl ec -in server.key -aes128 -passout pass:secret -out encrypted.key
        cp server.pem encrypted.pem
        : > empty.pem
        echo garbage > garbage.pem
        head -c 300 server.pem > half.pem
        { cat server.pem; head -c 300 root.pem; echo; echo '-----END CERTIFICATE-----'; } > torn.pem
        """
}
