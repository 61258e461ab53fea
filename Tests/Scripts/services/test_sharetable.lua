-- Shared tables: loading, reading, refusing writes, updating what is held.

local skynet = require "skynet"
require "skynet.manager"

local sharetable = require "skynet.sharetable"

local function fails(pattern, f, ...)
	local ok, failure = pcall(f, ...)
	assert(not ok and failure:find(pattern), tostring(failure))
end

local function test_reading()
	sharetable.loadtable("t", { 1, 2, { k = "v" }, flag = true, [1.5] = 7 })
	local t = sharetable.query "t"
	assert(t == sharetable.query "t" and t[3].k == "v" and rawequal(t[3], sharetable.query "t"[3]))
	assert(#t == 3 and t.flag == true and t[1.5] == 7 and t.nothing == nil)
	assert(table.concat({ table.unpack(t, 1, 2) }, ",") == "1,2")
	assert(rawget(t, "flag") == true and rawlen(t) == 3 and getmetatable(t) == nil and next(t[3]) == "k")
	sharetable.loadtable("empty", {})
	assert(next(sharetable.query "empty") == nil)
	assert(skynet.unpack(skynet.packstring(t)).flag == true, "a message can carry it")
	assert(sharetable.query "unknown" == nil)
	return t
end

local function test_code()
	sharetable.loadstring("s", "local a = {} return { a, a, f = function(x) return x + 1 end, ... }", 5)
	local s = sharetable.query "s"
	assert(s[1] == s[2] and s.f(1) == 2 and s[3] == 5)
	local name = os.tmpname()
	local file = assert(io.open(name, "w"))
	file:write "return { argument = ... }"
	file:close()
	sharetable.loadfile(name, 7)
	os.remove(name)
	assert(sharetable.query(name).argument == 7)
	sharetable.loadstring("circle", "local t = {} t.t = t return t")
	local circle = sharetable.query "circle"
	assert(circle.t == circle)
	fails("call failed", sharetable.loadstring, "m", "return setmetatable({}, {})")
	fails("call failed", sharetable.loadstring, "m", "return { io.stdout }")
	fails("call failed", sharetable.loadstring, "m", "return 1")
	fails("call failed", sharetable.loadstring, "m", "return {}", "text")
	fails("call failed", sharetable.loadfile, "/nowhere")
	assert(sharetable.query "m" == nil)
end

--- All kinds of places from which a table can be referred to.
local function refer_to(t)
	local places = { table = { t }, key = { [t] = "key" }, t3 = t[3] }
	function places.upvalue() return t, places.t3 end
	places.coroutine = coroutine.wrap(function(...)
		local held = t
		coroutine.yield()
		return held, (...)
	end)
	places.coroutine(t)
	places.meta = getmetatable(setmetatable({}, { t = t }))
	return places
end

local function test_update(t)
	local inner, gone = t[3], t[3].k
	local places = refer_to(t)
	sharetable.loadtable("t", { 10, 20, { k = "w" } })
	local fresh = sharetable.query "t"
	assert(t[1] == 1 and fresh[1] == 10 and t ~= fresh and gone == "v")
	sharetable.update "t"
	assert(t[1] == 10 and inner.k == "w" and t == fresh and inner == fresh[3])
	assert(places.table[1] == fresh and places.key[fresh] == "key" and places.t3 == fresh[3])
	local held, argument = places.coroutine()
	assert(places.upvalue() == fresh and held == fresh and argument == fresh and places.meta.t == fresh)
	sharetable.loadtable("t", { 30 })
	sharetable.update("t", "unknown")
	assert(t[1] == 30 and inner == nil and places.t3 == nil, "what is not there any more is nil")
	sharetable.update "t"
	assert(t == sharetable.query "t")
	local all = sharetable.queryall()
	assert(all.t == t and all.s)
	all = sharetable.queryall { "s", "unknown" }
	assert(all.s and all.t == nil and all.unknown == nil)
end

local function test()
	local t = test_reading()
	test_code()
	test_update(t)
end

skynet.start(function()
	local ok, failure = xpcall(test, debug.traceback)
	skynet.error(ok and "TEST OK test_sharetable" or "TEST FAILED test_sharetable: " .. failure)
	skynet.abort()
end)
