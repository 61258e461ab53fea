// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaServices
import Testing

@Suite struct NearNameTests {
    @Test(arguments: [
        ("socket", "socket", 0), ("sokcet", "socket", 1), ("socke", "socket", 1), ("socket", "rocket", 1),
        ("", "abc", 3), ("abc", "", 3), ("abcd", "dcba", 3), ("thread", "theard", 2), ("äb", "ab", 2),
        ("kitten", "sitting", 3), ("", "", 0),
    ])
    func `the distance is the letters to add, drop, change or swap`(left: String, right: String, distance: Int) {
        #expect(NearName.distance(left, right) == distance)
        #expect(NearName.distance(right, left) == distance)
    }

    @Test func `the nearest name is meant, if it is near enough`() {
        let names = ["skynet.socket", "skynet.socketchannel", "skynet", "md5"]
        #expect(NearName.nearest(to: "skynet.sokcet", among: names) == "skynet.socket")
        #expect(NearName.nearest(to: "skynte", among: names) == "skynet")
        #expect(NearName.nearest(to: "mdd", among: names) == "md5")
        #expect(NearName.nearest(to: "nd6", among: names) == nil, "of a short name one letter may differ")
        #expect(NearName.nearest(to: "skynet", among: names) == nil, "the name itself is no guess")
        #expect(NearName.nearest(to: "database", among: names) == nil)
        #expect(NearName.nearest(to: "", among: names) == nil)
    }
}
