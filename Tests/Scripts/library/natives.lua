-- The native modules of the library between the services of a real node.
-- Ends in `TEST OK natives` or `TEST FAILED natives: why`.

local skynet = require "skynet"
require "skynet.manager"

local cases = {}

function cases.stm(reader)
	local stm = require "skynet.stm"
	local cell = stm.new(skynet.pack("first", 1))
	skynet.call(reader, "lua", "stm", stm.copy(cell))
	local changed, word, number = skynet.call(reader, "lua", "read")
	assert(changed == true and word == "first" and number == 1)
	assert(skynet.call(reader, "lua", "read") == false)
	cell(skynet.pack "second")
	cell(skynet.packstring("third", 3))
	changed, word, number = skynet.call(reader, "lua", "read")
	assert(changed == true and word == "third" and number == 3)
	cell = nil
	collectgarbage()
	assert(skynet.call(reader, "lua", "read") == false)
end

function cases.multicast(reader)
	local core = require "skynet.multicast.core"
	local block, size = core.pack(skynet.pack("news", { 1, 2 }))
	local message = skynet.tostring(block, size)
	core.bind(block, 2)
	for _ = 1, 2 do
		local word, list = skynet.call(reader, "lua", "package", message)
		assert(word == "news" and list[2] == 2)
	end
	assert(not pcall(skynet.call, reader, "lua", "package", message), "closed by all")
end

function cases.sproto(reader)
	local parser = require "sprotoparser"
	local loader = require "sprotoloader"
	loader.save(parser.parse ".Point { x 0 : integer y 1 : integer names 2 : *string }", 3)
	local point = { x = -1, y = 1 << 40, names = { "a", "b" } }
	local bytes = loader.load(3):pencode("Point", point)
	local back = skynet.call(reader, "lua", "sproto", 3, bytes)
	assert(back.x == -1 and back.y == 1 << 40 and back.names[2] == "b")
	assert(not pcall(skynet.call, reader, "lua", "sproto", 3, "\xff"), "truncated")
	assert(skynet.call(reader, "lua", "sproto", 3, bytes).x == -1, "the service lives on")
	local path = os.tmpname()
	local file = assert(io.open(path, "w"))
	file:write ".Point { x 0 : integer }"
	file:close()
	loader.register(path, 4)
	os.remove(path)
	assert(loader.load(4):encode("Point", { x = 5 }) == "\1\0\12\0")
	for slot, why in pairs { [15] = "nil sproto at index 15", [16] = "Invalid global slot index 16" } do
		local ok, text = pcall(loader.load, slot)
		assert(not ok and text:find(why, 1, true), text)
	end
	assert(not pcall(loader.register, path, 4))
end

function cases.cluster()
	local core = require "skynet.cluster.core"
	local packet, session = core.packrequest("@name", 7, skynet.pack("get", "key"))
	assert(session == 8)
	local name, seen, block, size = core.unpackrequest(packet:sub(3))
	assert(name == "@name" and seen == 7)
	local word, key = skynet.unpack(block, size)
	skynet.trash(block, size)
	assert(word == "get" and key == "key")
end

function cases.debugchannel(reader)
	local debugchannel = require "skynet.debugchannel"
	local channel, handle = debugchannel.create()
	skynet.call(reader, "lua", "connect", handle)
	assert(channel:write "print(1)")
	assert(skynet.call(reader, "lua", "line") == "print(1)")
end

function cases.memory()
	local memory = require "skynet.memory"
	assert(memory.total() > 0 and memory.block() > 0)
	memory.dump()
	memory.dumpinfo()
	memory.dumpheap()
	assert(memory.profactive(true) == false)
end

-- Meant for scripts that are no services, but skynet's robots use it in services as well.
function cases.client_socket()
	local client, socket = require "client.socket", require "skynet.socket"
	local listener, _, port = socket.listen("127.0.0.1", 0)
	socket.start(listener, function(id)
		socket.start(id)
		socket.write(id, (socket.readline(id)):upper())
		socket.close(id)
	end)
	local fd = client.connect("127.0.0.1", port)
	assert(client.recv(fd) == nil)
	client.send(fd, "hello\n")
	local answer = ""
	repeat
		skynet.yield()
		local bytes = client.recv(fd)
		answer = answer .. (bytes or "")
	until bytes == ""
	assert(answer == "HELLO")
	client.close(fd)
	socket.close(listener)
	local ok, why = pcall(client.connect, "127.0.0.1", port)
	assert(not ok and why:find("Connect 127.0.0.1 " .. port .. " failed", 1, true), why)
end

function cases.plain()
	local crypt = require "skynet.crypt"
	assert(crypt.base64decode(crypt.base64encode "text") == "text")
	assert(require("md5").sumhexa "" == "d41d8cd98f00b204e9800998ecf8427e")
	local bson = require "bson"
	assert(bson.encode({ a = { 1, 2 } }):decode().a[2] == 2)
end

local answer = {}
local held = {}

function answer.stm(copy)
	held.reader = require("skynet.stm").newcopy(copy)
end

function answer.read()
	return held.reader(skynet.unpack)
end

function answer.package(message)
	local core = require "skynet.multicast.core"
	local package, body, count = core.unpack(message, #message)
	local word, list = skynet.unpack(body, count)
	core.close(package)
	return word, list
end

function answer.sproto(slot, bytes)
	return (require("sprotoloader").load(slot):pdecode("Point", bytes))
end

function answer.connect(handle)
	held.channel = require("skynet.debugchannel").connect(handle)
end

function answer.line()
	return held.channel:read(10)
end

local function run_cases()
	local reader = skynet.newservice("natives", "reader")
	local names = {}
	for name in pairs(cases) do
		table.insert(names, name)
	end
	table.sort(names)
	for _, name in ipairs(names) do
		local ok, why = xpcall(cases[name], debug.traceback, reader)
		if not ok then
			return "FAILED natives: " .. name .. ": " .. why
		end
	end
	return "OK natives"
end

local role = ...
skynet.start(function()
	if role == "reader" then
		skynet.dispatch("lua", function(_, _, name, ...)
			skynet.retpack(answer[name](...))
		end)
		return
	end
	skynet.error("TEST " .. run_cases())
	skynet.abort()
end)
