-- Every metamethod and every method of every native userdata, called with whatever is not its own: other userdata, files,
-- nothing, numbers, tables. Each answers or raises; none ends the node.
-- Ends in `TEST OK hostile_userdata` or `TEST FAILED hostile_userdata: why`.

local skynet = require "skynet"
require "skynet.manager"
local channel = require "skynet.debugchannel"
local driver = require "skynet.socketdriver"
local netpack = require "skynet.netpack"
local sharedata = require "skynet.sharedata.core"
local sharetable = require "skynet.sharetable.core"
local stm = require "skynet.stm"
local tls = require "ltls.c"

local registry = debug.getregistry()

local function kind_of(object)
	local meta = type(object) == "userdata" and debug.getmetatable(object)
	return meta and meta.__name
end

--- A userdata that a script has no other way to.
local function find_in_registry(kind)
	for _, value in pairs(registry) do
		for _, object in pairs(type(value) == "table" and value or {}) do
			if kind_of(object) == kind then
				return object
			end
		end
	end
	error(kind .. " is not to be found")
end

--- Makes one of each kind, as the metatable names them.
local make = {}

make["socket buffer"] = driver.buffer
make["stm writer"] = function() return stm.new "value" end
make["stm reader"] = function() return stm.newcopy(stm.copy(stm.new "value")) end
make["debug channel"] = function() return (channel.create()) end
make["conf box"] = function() return sharedata.box(sharedata.new { 1 }) end
make["BOXMATRIXSTATE"] = function() return sharetable.matrix "return { 1 }" end
make["tls context"] = tls.newctx
make["tls session"] = function() return tls.newtls("client", tls.newctx()) end

-- Its writing end is gone, so that reading does not wait.
make["connected debug channel"] = function()
	local writer, handle = channel.create()
	debug.getmetatable(writer).__gc(writer)
	return channel.connect(handle)
end

-- What a state remembers of a document that it has read.
make["shared document"] = function()
	collectgarbage()
	sharedata.len(sharedata.new { 1 })
	return find_in_registry "shared document"
end

-- A socket's message whose bytes are the beginning of a packet.
make["netpack queue"] = function()
	local bytes = "\0\5ab"
	local block = driver.str2p(bytes)
	local message = string.pack("<i4i4i4i4T", 1, 7, #bytes, 0, math.tointeger(tonumber(("%p"):format(block))))
	local queue = netpack.filter(nil, driver.str2p(message))
	assert(type(queue) == "userdata")
	return queue
end

--- Arguments that are no native userdata.
local function strangers()
	local closed = io.tmpfile()
	closed:close()
	return {
		n = 19, nil, false, true, 0, -1, 1 << 31, math.maxinteger, math.mininteger, 0 / 0, math.huge, "", "text", {}, { 1 },
		print, coroutine.create(print), io.stdout, closed, debug.upvalueid(strangers, 1),
	}
end

--- All functions in a metatable and in the tables in it, by name.
local function functions_of(metatable)
	local found = {}
	for name, value in pairs(metatable) do
		if type(value) == "function" then
			found[name] = value
		elseif type(value) == "table" then
			for method, f in pairs(value) do
				found[name .. "." .. method] = f
			end
		end
	end
	return found
end

local function call(what, f, ...)
	local ok, why = pcall(f, ...)
	assert(ok or type(why) == "string", what .. " raises a " .. type(why))
end

--- Calls a function with every pair of one argument in front and one behind it.
local function attack(what, f)
	local behind = strangers()
	for other, maker in pairs(make) do
		call(what, f, maker())
		for i = 1, behind.n do
			call(what .. " of " .. other, f, maker(), behind[i])
			call(what .. " before " .. other, f, behind[i], maker(), maker())
		end
	end
	for i = 1, behind.n do
		call(what, f, behind[i])
	end
	call(what, f)
end

--- What its finalizer was called for is an empty shell to its methods.
local function attack_shells(functions, kind)
	for name, f in pairs(functions) do
		local shell = make[kind]()
		debug.getmetatable(shell).__gc(shell)
		debug.getmetatable(shell).__gc(shell)
		if name ~= "__gc" then
			local ok, why = pcall(f, shell, "text", "more")
			assert(not ok and why:find(kind .. " expected", 1, true), kind .. "." .. name .. ": " .. tostring(why))
		end
	end
end

--- A finalizer that is called in the middle of a call of its own object.
local function finalize_while_reading()
	local reader = make["stm reader"]()
	local writer = stm.new "value"
	reader = stm.newcopy(stm.copy(writer))
	local changed, text = reader(function(msg, size)
		debug.getmetatable(reader).__gc(reader)
		debug.getmetatable(writer).__gc(writer)
		collectgarbage()
		return skynet.tostring(msg, size)
	end)
	assert(changed == true and text == "value")
	assert(not pcall(reader, print))
end

--- Calls every function of a metatable with every kind.
local function attack_all(kind, metatable)
	local functions = functions_of(metatable)
	for name, f in pairs(functions) do
		attack(kind .. "." .. name, f)
		skynet.yield()
	end
	return functions
end

--- Editions of datasheets are where no script finds them, but their metatable is in the registry.
local function attack_datasheets()
	local datasheet = require "skynet.datasheet.core"
	local text = require "skynet.datasheet.dump".dump { 1, sub = { 2 } }
	local sheet = datasheet.new(datasheet.stringpointer(text))
	attack_all("datasheet", debug.getmetatable(sheet))
	assert(sheet[1] == 1 and sheet.sub[1] == 2)
	for _, value in pairs(registry) do
		if type(value) == "table" and rawget(value, "__name") == "datasheet edition" then
			return attack_all("datasheet edition", value)
		end
	end
	error "no metatable of editions"
end

--- Documents are bytes without an end, whose metatable anybody may see.
local function attack_documents()
	local document = require "bson".encode { a = 1 }
	attack_all("bson", debug.getmetatable(document))
	assert(document:decode().a == 1)
end

--- Whoever adds a kind adds it here.
local function expect_all_kinds_known()
	for key, value in pairs(registry) do
		local name = type(key) == "userdata" and type(value) == "table" and rawget(value, "__name")
		assert(not name or make[name] or name == "datasheet edition", tostring(name) .. " is not attacked")
	end
end

local function test()
	for kind, maker in pairs(make) do
		local object = maker()
		assert(getmetatable(object) == false, kind .. " shows its metatable")
		assert(kind_of(object) == kind)
		local functions = attack_all(kind, debug.getmetatable(object))
		assert(functions.__gc)
		attack_shells(functions, kind)
	end
	attack_datasheets()
	attack_documents()
	finalize_while_reading()
	collectgarbage()
	expect_all_kinds_known()
	assert(io.stdout:write "" == io.stdout)
end

skynet.start(function()
	local ok, failure = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK hostile_userdata" or "TEST FAILED hostile_userdata: " .. failure)
	skynet.abort()
end)
