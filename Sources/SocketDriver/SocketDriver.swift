// SocketDriver
