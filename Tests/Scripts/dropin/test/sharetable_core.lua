-- `skynet.sharetable.core` as another library uses it, and as no library should. Says TEST OK.
local skynet = require "skynet"
local drill = require "drill"
local core = require "skynet.sharetable.core"

local fails = drill.refuses

--- The error of `matrix` is the text alone.
local function refuses(text, ...)
	local ok, failure = pcall(core.matrix, ...)
	assert(not ok and failure == text, failure)
end

local function test_matrix()
	local matrix = core.matrix([[
		local flag, n, x, f = ...
		local t = { flag, n, x, f, text = "a\0b", inner = { 1 }, double = function(v) return v * 2 end, type }
		t.self, t.again, t[0.5] = t, t.inner, false
		return t, "ignored"
	]], true, 7, 0.5, skynet.unpack)
	assert(debug.getmetatable(matrix).__name == "BOXMATRIXSTATE" and matrix:size() > 1000)
	local pointer = matrix:getptr()
	assert(type(pointer) == "userdata" and pointer == matrix:getptr())
	local t = core.clone(pointer)
	assert(t == core.clone(pointer) and rawequal(t, core.clone(pointer)))
	assert(t[1] == true and t[2] == 7 and t[3] == 0.5 and t[4] == skynet.unpack and t[5] == type)
	assert(t.self == t and t.again == t.inner and t.text == "a\0b" and t[0.5] == false and t.double(4) == 8)
	assert(#t == 5 and rawlen(t) == 5 and select(2, table.unpack(t)) == 7 and getmetatable(t) == nil)
	assert(core.is_sharedtable(t) and core.is_sharedtable(t.inner))
	assert(not core.is_sharedtable {} and not core.is_sharedtable(pointer) and not core.is_sharedtable(nil))
	matrix:close()
	matrix:close()
	assert(matrix:size() == 0 and select("#", matrix:getptr()) == 0)
	assert(t == core.clone(pointer) and t.inner[1] == 1, "a copy survives the close")
	t = t.inner
	collectgarbage()
	assert(core.is_sharedtable(t))
	t = nil
	collectgarbage()
	fails("this one was closed, or is none", core.clone, pointer)
end

local function test_refusals()
	refuses("Not a table, it's a number.", "return 1")
	refuses("Not a table, it's a nil.", "")
	refuses("Not a table, it's a number.", "return { [{}] = 1 }")
	refuses("Can't share metatable", "return { setmetatable({}, {}) }")
	refuses("Invalid function with upvalue", "local x = 1 return { function() return x end }")
	refuses("Invalid function with upvalue", "return { function() return print end }")
	refuses("Invalid type [thread]", "return { coroutine.create(print) }")
	refuses("Invalid type [userdata]", "return { io.stdout }")
	refuses("cannot open nowhere.lua: No such file or directory", "@nowhere.lua")
	refuses([=[[string "return +"]:1: unexpected symbol near '+']=], "return +")
	refuses([=[[string "error 'x'"]:1: x]=], "error 'x'")
	refuses(nil, "error {}")
	for _, value in ipairs { "text", {}, coroutine.create(print) } do
		fails("bad argument #2 to 'skynet.sharetable.core.matrix' ((Type invalid))", core.matrix, "return {}", value)
	end
	fails("bad argument #3 to 'skynet.sharetable.core.matrix' ((Type invalid))", core.matrix, "return {}", 1, nil)
	fails("(Only support light C function)", core.matrix, "return {}", function() end)
	fails("(Only support light C function)", core.matrix, "return {}", string.gmatch("a", "a"))
	fails("light userdata expected", core.clone, "x")
	local root = require "skynet.sharedata.core".new {}
	fails("this one was closed, or is none", core.clone, root)
	local meta = debug.getmetatable(core.matrix "return {}")
	fails("BOXMATRIXSTATE expected", meta.__index.close, io.stdout)
	meta.__gc(io.stdout)
end

local function test_stackvalues()
	local t = {}
	local co = coroutine.create(function() coroutine.yield "x" end)
	assert(core.stackvalues(co, t) == 1 and type(t[1]) == "function")
	coroutine.resume(co)
	assert(core.stackvalues(co, {}) == 0)
	assert(core.stackvalues(coroutine.running(), {}) == 0)
	fails("thread expected", core.stackvalues, "x", {})
	fails("table expected", core.stackvalues, co)
end

--- What keeps the copies is out of reach; what a script finds in the registry it may use as it likes.
local function test_registry()
	local pointer = core.matrix("return { 1 }"):getptr()
	local t = core.clone(pointer)
	for _, value in pairs(debug.getregistry()) do
		if type(value) == "thread" and coroutine.status(value) == "suspended" and core.stackvalues(value, {}) == 0
			and not debug.getinfo(value, 0) then
			assert(not coroutine.resume(value))
			coroutine.close(value)
		end
	end
	assert(core.clone(pointer)[1] == 1 and core.is_sharedtable(core.clone(pointer)) and t[1] == 1)
end

drill.run("sharetable_core", function()
	test_matrix()
	test_refusals()
	test_stackvalues()
	test_registry()
end)
