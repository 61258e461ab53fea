// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The modules that are part of the program.
public enum NativeModules {
    public static let all: [LuaModuleSource] = [
        CoreModule.source,
        ModuleSearchers.library,
        CodeCacheModule.source,
        ProfileModule.source,
        LuaModuleSource(BsonDocument.module),
        LuaModuleSource(Netpack.module),
        LuaModuleSource(SocketDriverModule.module),
        LuaModuleSource(ClientSocket.module),
        LuaModuleSource(ClusterWire.module),
        LuaModuleSource(Crypt.module),
        LuaModuleSource(Crypt.clientModule),
        LuaModuleSource(DatasheetCore.module),
        LuaModuleSource(DebugChannel.module),
        LuaModuleSource(Digest.module),
        LuaModuleSource(Memory.module),
        LuaModuleSource(MongoDriver.module),
        LuaModuleSource(Multicast.module),
        LuaModuleSource(SharedData.module),
        LuaModuleSource(SharedTable.module),
        LuaModuleSource(Sproto.module),
        LuaModuleSource(Stm.module),
        LuaModuleSource(TLS.module),
        LuaModuleSource(TLS.initialisation),
    ]
}
