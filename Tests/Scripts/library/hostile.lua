-- Bytes that nobody meant well: random ones, and good ones that were cut or changed. Whatever takes bytes from
-- outside answers or raises; it neither crashes nor stops the service.
-- Ends in `TEST OK hostile` or `TEST FAILED hostile: why`.

local skynet = require "skynet"
require "skynet.manager"
local core = require "skynet.core"
local cluster = require "skynet.cluster.core"
local crypt = require "skynet.crypt"
local bson = require "bson"
local query = require "skynet.dns.query"
local incoming = require "http.websocket.incoming"
local internal = require "http.internal"
local parser = require "sprotoparser"
local sproto = require "sproto"

local ROUNDS <const> = 1500
local SEED <const> = 20260101

local function random_bytes(size)
	local bytes = {}
	for i = 1, size do
		bytes[i] = string.char(math.random(0, 255))
	end
	return table.concat(bytes)
end

--- A good message with some bytes changed, and perhaps its end missing.
local function spoil(good)
	local bytes = { good:byte(1, -1) }
	for _ = 1, math.random(0, 3) do
		if #bytes > 0 then
			bytes[math.random(#bytes)] = math.random(0, 255)
		end
	end
	return string.char(table.unpack(bytes, 1, math.random(0, #bytes)))
end

local schema = sproto.parse [[
	.Item { id 0 : integer name 1 : string }
	.Tree { a 0 : integer b 1 : *integer c 2 : *Item(id) d 3 : Tree e 4 : double f 5 : *boolean g 6 : *string h 7 : binary }
]]

local TREE <const> = {
	a = -5, b = { 1, 1 << 40 }, c = { [1] = { id = 1, name = "x" } }, d = { a = 1, d = { g = { "y", "" } } }, e = 1.5,
	f = { true, false }, g = { "one", "two" }, h = "\0\1\2",
}

local function reader_of(bytes)
	return function(size)
		if bytes == "" then
			error "end of stream"
		end
		local first = bytes:sub(1, size or -1)
		bytes = bytes:sub(#first + 1)
		return first
	end
end

--- What is good for each, and what takes it.
local victims = {}

victims.serialization = { skynet.packstring(1, -1, 1 << 40, 1.5, "text", ("x"):rep(300), { 1, 2, { a = { {} } } }, nil, true),
	skynet.unpack }

victims.sproto = { schema:encode("Tree", TREE), function(bytes)
	return schema:decode("Tree", bytes)
end }

victims.packed_sproto = { schema:pencode("Tree", TREE), function(bytes)
	return schema:pdecode("Tree", bytes)
end }

victims.zero_packing = { sproto.pack(("\0\1\2\3"):rep(20)), sproto.unpack }

victims.sproto_bundle = { parser.parse ".A { x 0 : integer y 1 : *A } p 1 { request { z 0 : A } }", function(bytes)
	local made = sproto.new(bytes)
	made:encode("A", { x = 1, y = { { x = 2 } } })
	made:queryproto "p"
end }

victims.sproto_schema = { ".A { x 0 : integer(2) y 1 : *A } p 1 { request { z 0 : A } response nil }", parser.parse }

local function unpack_request(bytes)
	local address, _, block, size = cluster.unpackrequest(bytes)
	if type(block) == "userdata" then
		skynet.trash(block, size)
	end
	return address
end

victims.cluster_request = { cluster.packrequest("@name", 7, skynet.pack("get", "key")):sub(3), unpack_request }
victims.cluster_response = { cluster.packresponse(7, true, "answer"):sub(3), function(bytes)
	assert(cluster.unpackresponse(bytes), "malformed")
end }

victims.bson = { tostring(bson.encode {
	a = 1, b = "text", c = { 1, 2, { d = bson.null } }, e = bson.binary "x", f = bson.regex("a", "b"), g = bson.objectid(),
}), bson.decode }

victims.dns = { query.encode(1, "name.example.com", 1) .. "\192\12\0\1\0\1\0\0\0\60\0\4\1\2\3\4", query.decode }

victims.websocket = { "\x01\x03one\x89\x04ping\x80\x83\1\2\3\4abc\x82\x7e\0\5bytes", function(bytes)
	local frames = incoming.new(reader_of(bytes), { limit = 1000, mask = "any", checks_text = true })
	while true do
		frames:next()
	end
end }

victims.http_header = { "GET / HTTP/1.1\r\nhost: x\r\na: b\r\n\tc\r\n\r\n", function(bytes)
	local lines = {}
	internal.recvheader(reader_of(bytes), lines, "")
	internal.parseheader(lines, 2, {})
end }

victims.http_chunks = { "5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nt: u\r\n\r\n", function(bytes)
	internal.recvchunkedbody(reader_of(bytes), 1000, {}, "")
end }

victims.base64 = { crypt.base64encode "some text", crypt.base64decode }
victims.hexadecimal = { crypt.hexencode "some text", crypt.hexdecode }

victims.des = { crypt.desencode("8 bytes!", "some text"), function(bytes)
	return crypt.desdecode("8 bytes!", bytes)
end }

local function attack(name)
	local good, take = table.unpack(victims[name])
	-- In good condition it is taken, or at least read to its end.
	local refused = 0
	for round = 1, ROUNDS do
		local bytes = round % 3 == 0 and random_bytes(math.random(0, 64)) or spoil(good)
		local ok, why = pcall(take, bytes)
		if not ok then
			refused = refused + 1
			assert(type(why) == "string", name .. ": an error is a text")
		end
	end
	assert(refused > 0, name .. " believes everything")
end

local function refuse(what, ...)
	local ok, why = pcall(...)
	assert(not ok and type(why) == "string", what)
end

--- Tables in tables in tables: the stack of the machine is not endless.
local function attack_by_depth()
	local DEPTH <const> = 3000
	refuse("serialized tables", skynet.unpack, ("\x0e"):rep(1000000))
	local tree, document = "\0\0", "\5\0\0\0\0"
	for _ = 1, DEPTH do
		tree = "\2\0\7\0\0\0" .. string.pack("<s4", tree)
		local fields = "\3x\0" .. document .. "\0"
		document = string.pack("<I4", #fields + 4) .. fields
	end
	refuse("sproto structs", schema.decode, schema, "Tree", tree)
	refuse("bson documents", bson.decode, document)
	local loop = {}
	loop.d = loop
	refuse("packing a loop", skynet.pack, loop)
	refuse("encoding a loop", schema.encode, schema, "Tree", loop)
	refuse("a loop as bson", bson.encode, loop)
end

--- Messages of a live service, whose bodies are as bad.
local function attack_service()
	local target = skynet.newservice(SERVICE_NAME, "target")
	local good = skynet.packstring("echo", { 1, 2, 3 })
	for _ = 1, 200 do
		local kind = math.random(0, 1) == 0 and skynet.PTYPE_LUA or 9
		core.send(target, kind, 0, spoil(good))
		assert(skynet.call(target, "lua", "echo", 1) == 1)
	end
	skynet.kill(target)
end

local function test()
	math.randomseed(SEED)
	local names = {}
	for name in pairs(victims) do
		names[#names + 1] = name
	end
	table.sort(names)
	for _, name in ipairs(names) do
		attack(name)
		skynet.yield()
	end
	attack_by_depth()
	attack_service()
end

if ... == "target" then
	skynet.dispatch("lua", function(session, _, _, ...)
		if session ~= 0 then
			skynet.retpack(...)
		end
	end)
	skynet.start(function() end)
else
	skynet.start(function()
		local ok, failure = xpcall(test, debug.traceback)
		skynet.error(ok and "TEST OK hostile" or "TEST FAILED hostile: " .. failure)
		skynet.abort()
	end)
end
