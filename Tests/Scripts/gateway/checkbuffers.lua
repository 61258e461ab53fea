-- Accepts nothing: with `checkbuffers = true` every misuse of a block is an error that names the place.
-- Ends in `TEST OK checkbuffers` or `TEST FAILED checkbuffers: why`.

local skynet = require "skynet"
local netpack = require "skynet.netpack"
local driver = require "skynet.socketdriver"
require "skynet.manager"

-- The error says where the misuse happened (this file) and what is wrong with the block. The misuse is no tail call,
-- which would leave no place to name: hence the locals below.
local function fails(expected, action, ...)
	local ok, why = pcall(action, ...)
	assert(not ok, "no error: " .. expected)
	assert(why:find "^%S*checkbuffers.lua:%d+: " and why:find(expected), why)
end

local CASE = {}

function CASE.trash_twice()
	local msg, sz = skynet.pack "once"
	skynet.trash(msg, sz)
	fails("given back already %(it came from .*checkbuffers.lua:%d+", function()
		skynet.trash(msg, sz)
	end)
end

function CASE.use_after_free()
	local msg, sz = netpack.pack "gone"
	netpack.tostring(msg, sz)
	fails("given back already", function()
		local text = skynet.tostring(msg, sz)
		return text
	end)
	fails("given back already", function()
		local again = netpack.tostring(msg, sz)
		return again
	end)
	fails("given back already", function()
		local sent = driver.send(1, msg, sz)
		return sent
	end)
end

function CASE.use_after_send()
	skynet.register_protocol { name = "given", id = 101, unpack = skynet.tostring, dispatch = function() end }
	local msg, sz = skynet.pack "given away"
	skynet.rawsend(skynet.self(), "given", msg, sz)
	fails("given back already", function()
		skynet.trash(msg, sz)
	end)
end

function CASE.foreign_pointer()
	local foreign = debug.upvalueid(fails, 1)
	assert(type(foreign) == "userdata")
	fails("no buffer of this node", function()
		local text = netpack.tostring(foreign, 4)
		return text
	end)
	fails("no buffer of this node", function()
		skynet.trash(foreign, 4)
	end)
end

function CASE.wrong_types()
	fails("invalid param", function()
		skynet.trash({}, 4)
	end)
	local msg, sz = skynet.pack "kept"
	fails("size must not be negative", function()
		local text = netpack.tostring(msg, -1)
		return text
	end)
	skynet.trash(msg, sz)
end

-- The ledger knows how large each block is; less than all of it may be asked for.
function CASE.sizes_beyond_the_block()
	local cluster = require "skynet.cluster.core"
	local msg, sz = skynet.pack "a body"
	assert(#skynet.tostring(msg, sz - 1) == sz - 1)
	local uses = {
		function(size) return (skynet.tostring(msg, size)) end,
		function(size) return (skynet.unpack(msg, size)) end,
		function(size) return (netpack.pack(msg, size)) end,
		function(size) return (netpack.tostring(msg, size)) end,
		function(size) return (driver.send(1, msg, size)) end,
		function(size) return (driver.push(driver.buffer(), {}, msg, size)) end,
		function(size) return (skynet.rawsend(skynet.self(), "lua", msg, size)) end,
		function(size) return (cluster.packrequest("@name", 1, msg, size)) end,
		function(size) return (cluster.packresponse(1, true, msg, size)) end,
		function(size) skynet.trash(msg, size) end,
	}
	for _, use in ipairs(uses) do
		for _, size in ipairs { sz + 1, sz + 1000000, 1 << 40 } do
			local ok, why = pcall(use, size)
			assert(not ok and why:find("size " .. size .. " exceeds buffer ", 1, true), why)
			assert(why:find(("of %d bytes (it came from "):format(sz), 1, true), why)
		end
	end
	fails("is more than a buffer can have", function()
		local text = skynet.tostring(msg, math.maxinteger)
		return text
	end)
	skynet.trash(msg, sz)
	-- A package's block is 8 bytes, whatever was put in its place.
	local multicast = require "skynet.multicast.core"
	local short = driver.str2p "1234"
	fails("size 8 exceeds buffer ", function()
		multicast.bind(short, 1)
	end)
	driver.drop(short, 4)
end

-- A message's body is the runtime's as long as its handler runs.
function CASE.body_of_the_message_in_hand()
	local body
	skynet.register_protocol {
		name = "raw",
		id = 100,
		unpack = function(msg, sz)
			local ok, why = pcall(function()
				skynet.trash(msg, sz)
			end)
			body = { ok, why, skynet.tostring(msg, sz), select(2, pcall(skynet.tostring, msg, sz + 1)) }
		end,
		dispatch = function() end,
	}
	skynet.rawsend(skynet.self(), "raw", "body")
	skynet.sleep(1)
	assert(body[1] == false and body[2]:find "body of the message in hand", body[2])
	assert(body[3] == "body")
	assert(body[4]:find "size 5 exceeds buffer .* of 4 bytes, the body of the message in hand", body[4])
end

local function test()
	for name, case in pairs(CASE) do
		local ok, why = xpcall(case, debug.traceback)
		assert(ok, name .. ": " .. tostring(why))
	end
end

skynet.start(function()
	local ok, why = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK checkbuffers" or "TEST FAILED checkbuffers: " .. why)
	skynet.abort()
end)
