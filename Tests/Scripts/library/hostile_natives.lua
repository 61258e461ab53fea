-- Every function of every native module, called with numbers and values that nobody means: at the borders of 32 and 64
-- bits, negative, not numbers, of other types; and blocks with sizes that are not theirs. Each answers or raises a text.
-- Ends in `TEST OK hostile_natives` or `TEST FAILED hostile_natives: why`.

local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local driver = require "skynet.socketdriver"

-- All of them: a test in Swift compares this list with the program's.
local MODULES <const> = {
	"skynet.core", "skynet.codecache", "skynet.profile", "skynet.netpack", "skynet.socketdriver", "client.socket",
	"skynet.cluster.core", "skynet.crypt", "client.crypt", "skynet.debugchannel", "md5.core", "skynet.memory",
	"skynet.multicast.core", "sproto.core", "skynet.stm", "ltls.c", "ltls.init.c", "skynet.library", "bson.core",
	"skynet.datasheet.core", "skynet.mongo.driver", "skynet.sharedata.core", "skynet.sharetable.core",
}

local ROUNDS <const> = 250
local SEED <const> = 20260102

--- What does not come back: it waits, ends the process, or takes the standard streams.
local LEFT_OUT <const> = {
	["client.socket.usleep"] = true, ["client.socket.readstdin"] = true, ["skynet.socketdriver.bind"] = true,
}

--- A document's address is believed, as in skynet: it may lead into a string, or into memory of a C module.
local BELIEVES_ADDRESSES <const> = {
	["bson.core.bytes"] = true, ["bson.core.light"] = true, ["skynet.mongo.driver.op_msg"] = true,
}

local NUMBERS <const> = {
	0, 1, -1, 2, 7, 255, 256, 65535, 65536, (1 << 31) - 1, 1 << 31, -(1 << 31), (1 << 32) - 1, 1 << 32, 1 << 40,
	(1 << 40) + 1, 1 << 53, math.maxinteger, math.mininteger, 2.0 ^ 31, 2.0 ^ 63, -2.0 ^ 63, 1e300, 0.5, -0.5,
	math.huge, -math.huge, 0 / 0,
}

--- A table whose border is the last integer.
local function endless_table()
	local t = { [math.maxinteger] = 1 }
	for bit = 0, 62 do
		t[1 << bit] = 1
	end
	return t
end

local OTHERS <const> = {
	n = 16, nil, true, false, "", "\0\255", "0x7fffffffffffffff", "9223372036854775808", "-1", ("x"):rep(70000), {}, { 1, 2 },
	endless_table(), debug.upvalueid(endless_table, 1) or io.stdout, io.stdout, coroutine.create(print), driver.buffer(),
}

--- Names that a resolver would be asked about are no test of ours.
local HOSTS <const> = {
	n = 15, nil, true, {}, "", "\0\255", "127.0.0.1", "::1", ("h"):rep(70000), io.stdout, "tls://127.0.0.1",
	"ws://127.0.0.1/\0", "wss://[::1]:0/?", "unix:///dev/null", "unix://" .. ("/h"):rep(70000), "gopher://127.0.0.1",
}
local HOST_AT <const> = { listen = 1, connect = 1, udp = 1, udp_listen = 1, udp_dial = 1, resolve = 1, udp_connect = 2 }

--- Endings and launches that are meant are not the point here.
local COMMANDS <const> = {
	"TIMEOUT", "REG", "QUERY", "NAME", "KILL", "LAUNCH", "GETENV", "STARTTIME", "MONITOR", "STAT", "LOGON", "LOGOFF",
	"SIGNAL", "", "NOTHING",
}

local function any_value()
	if math.random(0, 2) > 0 then
		return NUMBERS[math.random(#NUMBERS)]
	end
	return OTHERS[math.random(OTHERS.n)]
end

local function any_arguments(host_at)
	local arguments = { n = math.random(0, 5) }
	for i = 1, arguments.n do
		if i == host_at then
			arguments[i] = HOSTS[math.random(HOSTS.n)]
		else
			arguments[i] = any_value()
		end
	end
	return arguments
end

--- Puts a block of 8 bytes with some size somewhere into the arguments.
local function add_block(arguments, host_at)
	local place = math.random(1, 4)
	local block = driver.str2p "8 bytes."
	arguments[place] = block
	arguments[place + 1] = NUMBERS[math.random(#NUMBERS)]
	arguments.n = math.max(arguments.n, place + 1)
	if host_at == place + 1 then
		arguments[host_at] = ""
	end
	return block
end

local function without_addresses(arguments)
	for i = 1, arguments.n do
		local value = arguments[i]
		if type(value) == "userdata" and not debug.getmetatable(value) then
			arguments[i] = NUMBERS[math.random(#NUMBERS)]
		end
	end
end

--- Sockets that came of it are closed, so that descriptors do not run out.
local function attack(name, f, host_at)
	local is_socket = name:find "^skynet.socketdriver%."
	for round = 1, ROUNDS do
		local arguments = any_arguments(host_at)
		local block
		if BELIEVES_ADDRESSES[name] then
			without_addresses(arguments)
		elseif round % 3 == 0 then
			block = add_block(arguments, host_at)
		end
		local ok, result = pcall(f, table.unpack(arguments, 1, arguments.n))
		assert(ok or type(result) == "string", name .. " raises a " .. type(result))
		if ok and is_socket and math.type(result) == "integer" then
			driver.shutdown(result)
		end
		if block then
			pcall(skynet.trash, block, 8)
		end
	end
end

local function attack_modules()
	for _, module in ipairs(MODULES) do
		local functions = require(module)
		for name, f in pairs(type(functions) == "table" and functions or { call = functions }) do
			local whole = module .. "." .. name
			if type(f) == "function" and not LEFT_OUT[whole] then
				attack(whole, f, module == "skynet.socketdriver" and HOST_AT[name])
				skynet.yield()
			end
		end
	end
end

local function attack_commands()
	for _, command in ipairs(COMMANDS) do
		for _, name in ipairs { "command", "intcommand", "addresscommand" } do
			attack("skynet.core." .. name, function(parameter)
				-- Text that is an address would be obeyed, and a long one fills the log.
				if type(parameter) == "string" and (parameter:find "^[:.]" or #parameter > 1000) then
					return
				end
				return core[name](command, parameter)
			end)
		end
		skynet.yield()
	end
end

--- A descriptor that the node lives by is not to be had: neither by binding it, nor as a client's socket.
local function attack_descriptors()
	local socket, client = require "skynet.socket", require "client.socket"
	local listener, _, port = socket.listen("127.0.0.1", 0)
	socket.start(listener, function(id)
		socket.start(id)
		socket.write(id, socket.readline(id) .. "\n")
		socket.close(id)
	end)
	local refusals = {}
	for fd = 3, 40 do
		local ok, id = pcall(driver.bind, fd)
		if ok then
			driver.shutdown(id)
		else
			refusals[#refusals + 1] = id
		end
		client.close(fd)
		for _, f in ipairs { client.recv, client.send } do
			local taken, why = pcall(f, fd, "x")
			assert(not taken and why:find "Bad file descriptor", why)
		end
		pcall(client.shutdown, fd, "rw")
	end
	local text = table.concat(refusals, "\n")
	assert(text:find "is a listening socket and can't be bound", text)
	assert(text:find "is part of the node's event loops and can't be bound", text)
	for _, number in ipairs { -1, math.mininteger, 1 << 31, (1 << 32) + 1, math.maxinteger } do
		local ok, why = pcall(driver.bind, number)
		assert(not ok and why:find(number .. " is no descriptor", 1, true), why)
	end
	local id = assert(socket.open("127.0.0.1", port))
	socket.write(id, "still here\n")
	assert(socket.readline(id) == "still here")
end

--- A schema whose fields are found by tags that no field has.
local function attack_schema()
	local sproto = require "sproto"
	local meta = sproto.parse [[
		.field { name 0 : string buildin 1 : integer type 2 : integer tag 3 : integer array 4 : boolean key 5 : integer
			map 6 : boolean }
		.type { name 0 : string fields 1 : *field }
		.protocol { name 0 : string tag 1 : integer request 2 : integer response 3 : integer confirm 4 : boolean }
		.group { type 0 : *type protocol 1 : *protocol }
	]]
	for _, key in ipairs { -1, math.mininteger, math.maxinteger, 1 } do
		local field = { name = "x", type = 0, tag = 0, array = true, key = key }
		local bundle = meta:encode("group", { type = { { name = "A", fields = { field } } } })
		assert(not pcall(sproto.new, bundle), "a key of tag " .. key)
	end
end

--- A socket's message has an address in it.
local function forge_socket_message()
	local forged = string.pack("<i4i4i4i4T", 1, 7, 100, 0, 0x1000)
	for _, send in ipairs { core.send, function(to, kind, ...) return core.redirect(to, 1, kind, ...) end } do
		local ok, why = pcall(send, skynet.self(), skynet.PTYPE_SOCKET, 0, forged)
		assert(not ok and why:find "a socket message can't be made of a string", why)
	end
end

local function test()
	math.randomseed(SEED)
	-- Timers that nobody waits for.
	skynet.dispatch_unknown_response(function() end)
	attack_modules()
	attack_commands()
	attack_descriptors()
	attack_schema()
	forge_socket_message()
	assert(skynet.call(skynet.self(), "lua", "alive") == "alive")
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, text) skynet.retpack(text) end)
	local ok, failure = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK hostile_natives" or "TEST FAILED hostile_natives: " .. failure)
	skynet.abort()
end)
