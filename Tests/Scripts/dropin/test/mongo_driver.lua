-- A client of a database in the manner of another tree's mongo.lua, on `bson` and `skynet.mongo.driver`, and a server
-- of its own that knows nothing of either. Ends in `TEST OK mongo_driver` or `TEST FAILED mongo_driver: why`.

package.path = "./Tests/Scripts/runtime/support/?.lua;" .. package.path
local checks = require "checks"
local skynet = require "skynet"
local socket = require "skynet.socket"
local bson = require "bson"
local driver = require "skynet.mongo.driver"

local OP_MSG <const>, MORE_TO_COME <const> = 2013, 2
local EMPTY <const> = "\5\0\0\0\0"

--- The wire, byte by byte: what the driver makes is held against it.
local function message(id, answers, operation, flags, sections)
	local body = string.pack("<i4i4i4i4", id, answers, operation, flags) .. sections
	return string.pack("<i4", #body + 4) .. body
end

local function without_length(...)
	return message(...):sub(5)
end

local cases = {}

function cases.request()
	local document = bson.encode_order("ping", 1, "$db", "admin")
	checks.equal(type(document), "userdata", "an encoded document")
	local bytes = tostring(document)
	checks.equal(driver.op_msg(7, 0, document), message(7, 0, OP_MSG, 0, "\0" .. bytes))
	checks.equal(driver.op_msg(8, MORE_TO_COME, bson.to_lightuserdata(document)),
		message(8, 0, OP_MSG, MORE_TO_COME, "\0" .. bytes), "by its address")
	checks.raises("opmsg require cmd document", driver.op_msg, 1, 0, nil)
	checks.raises("bson document expected, got string)", driver.op_msg, 1, 0, "text")
	-- Whatever else is a userdata is no document, or at least not one beyond its size.
	pcall(driver.op_msg, 1, 0, io.stdout)
	checks.equal(driver.length(string.pack("<i4", 36)), 32)
	checks.raises("Invalid length)", driver.length, "abc")
end

function cases.reply()
	local document = bson.encode_order("ok", 1.0, "a", bson.encode { list = { 1, 2 } })
	local body = without_length(9, 7, OP_MSG, 0, "\0" .. tostring(document))
	local ok, answers, address = driver.reply(body)
	checks.equal({ ok, answers, type(address) }, { true, 7, "userdata" })
	checks.equal(bson.decode(address), { ok = 1.0, a = { list = { 1, 2 } } })
	for size = 0, 15 do
		checks.equal(driver.reply(body:sub(1, size)), false)
	end
	for size = 16, #body - 1 do
		checks.equal(pcall(driver.reply, body:sub(1, size)), false, size .. " bytes")
	end
	local function refused(text, ...)
		checks.raises(text, driver.reply, without_length(...))
	end
	refused("Unsupported opcode:1", 9, 7, 1, 0, "\0" .. EMPTY)
	refused("Unsupported OP_MSG flag checksumPresent", 9, 7, OP_MSG, 1, "\0" .. EMPTY)
	refused("Unsupported OP_MSG flag:4", 9, 7, OP_MSG, 4, "\0" .. EMPTY)
	refused("Unsupported OP_MSG payload type: 1", 9, 7, OP_MSG, 0, "\1" .. EMPTY)
	refused("Unsupported OP_MSG reply: >1 section", 9, 7, OP_MSG, 0, "\0" .. EMPTY .. "\0" .. EMPTY)
	refused("its document tells 2147483647 bytes", 9, 7, OP_MSG, 0, "\0\255\255\255\127\0")
	refused("its document tells -1 bytes", 9, 7, OP_MSG, 0, "\0\255\255\255\255\0")
	checks.equal(driver.reply(without_length(9, 7, OP_MSG, MORE_TO_COME, "\0" .. EMPTY)), true)
end

--- Documents are values like others: inside documents, and in lists of them.
function cases.documents()
	local inner = bson.encode { x = 1 }
	local outer = bson.encode_order("documents", { inner, bson.to_lightuserdata(inner) }, "one", inner)
	checks.equal(outer:decode(), { documents = { { x = 1 }, { x = 1 } }, one = { x = 1 } })
	checks.equal(#inner, #tostring(inner))
	inner:makeindex()
	inner.x = 7
	checks.equal(bson.decode(inner), { x = 7 })
	checks.equal(tostring(inner), tostring(bson.encode { x = 7 }), "in place")
	checks.equal(bson.decode(bson.load(tostring(outer) .. "more")).one, { x = 1 })
	checks.equal(pcall(bson.decode, nil), false)
	checks.equal(pcall(bson.encode, { f = print }), false)
	checks.equal(pcall(bson.load, "\255\255\255\255\0"), false)
	local core = require "bson.core"
	for _, place in ipairs { -1, 0, 4, #inner, 1 << 62, math.mininteger } do
		checks.equal(pcall(core.replace, inner, place, "abcd"), false, "replace at " .. place)
	end
	for _, any in ipairs { 1, "text", {}, print, true } do
		checks.equal(pcall(core.bytes, any), false)
	end
	checks.raises("bson document expected, got userdata)", core.replace, io.stdout, 5, "")
	checks.raises("bson document expected, got light userdata)", core.replace, core.light(inner), 5, "")
end

--- Answers every command with what it got, and its own number.
local function serve(fd)
	socket.start(fd)
	local count = 0
	while true do
		local head = socket.read(fd, 4)
		if not head then
			return socket.close(fd)
		end
		local body = socket.read(fd, string.unpack("<i4", head) - 4)
		local id, _, operation, flags = string.unpack("<i4i4i4i4", body)
		assert(operation == OP_MSG and body:byte(17) == 0)
		count = count + 1
		if flags == 0 then
			local answer = tostring(bson.encode { ok = 1.0, n = count, echo = bson.load(body:sub(18)) })
			socket.write(fd, message(1000 + count, id, OP_MSG, 0, "\0" .. answer))
		end
	end
end

function cases.client()
	local listener, _, port = socket.listen("127.0.0.1", 0)
	socket.start(listener, serve)
	local fd = assert(socket.open("127.0.0.1", port))
	local id = 0
	local function send(flags, ...)
		id = id + 1
		socket.write(fd, driver.op_msg(id, flags, bson.encode_order(...)))
	end
	local function command(...)
		send(0, ...)
		local body = socket.read(fd, driver.length(socket.read(fd, 4)))
		local ok, answers, address = driver.reply(body)
		checks.equal({ ok, answers }, { true, id })
		return bson.decode(address)
	end
	checks.equal(command("find", "things", "$db", "test", "filter", bson.encode { a = 1 }),
		{ ok = 1.0, n = 1, echo = { find = "things", ["$db"] = "test", filter = { a = 1 } } })
	send(MORE_TO_COME, "insert", "things", "$db", "test", "documents", { bson.encode { a = 1 } })
	checks.equal(command("ping", 1).n, 3)
	socket.close(fd)
	socket.close(listener)
end

checks.run("mongo_driver", function()
	for name, case in pairs(cases) do
		local ok, err = xpcall(case, debug.traceback)
		assert(ok, name .. ": " .. tostring(err))
	end
end)
