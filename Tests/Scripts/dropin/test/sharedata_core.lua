-- `skynet.sharedata.core` as another library uses it, and as no library should. Says TEST OK.
local drill = require "drill"
local core = require "skynet.sharedata.core"

local fails = drill.refuses

local function test_values()
	local root = core.new { 1, nil, 3.5, "a\0b", true, false, { 9 }, k = "v", [-7] = "minus", [0] = "zero", sub = { q = -1 } }
	assert(type(root) == "userdata" and core.getref(root) == 0)
	assert(core.index(root, 1) == 1 and core.index(root, 3) == 3.5 and core.index(root, 4) == "a\0b")
	assert(core.index(root, 5) == true and core.index(root, 6) == false and core.index(root, "k") == "v")
	assert(core.index(root, -7) == "minus" and core.index(root, 0) == "zero")
	assert(core.index(root, (1 << 32) + 1) == 1, "modulo 2^32")
	assert(select("#", core.index(root, 2)) == 1 and select("#", core.index(root, "none")) == 0)
	assert(core.len(root) == 7 and core.hashlen(root) == 4)
	local sub = core.index(root, "sub")
	assert(type(sub) == "userdata" and core.index(sub, "q") == -1 and core.len(sub) == 0)
	assert(core.len(core.index(root, 7)) == 1)
	local seen, key = {}, core.nextkey(root)
	while key ~= nil do
		seen[#seen + 1] = key
		key = core.nextkey(root, key)
	end
	assert(#seen == 10 and table.concat(seen, ",", 1, 6) == "1,3,4,5,6,7")
	assert(select("#", core.nextkey(root, "none")) == 0 and select("#", core.nextkey(root, 1.5)) == 0)
	local empty = core.new(setmetatable({}, {}))
	assert(select("#", core.nextkey(empty)) == 0 and core.hashlen(empty) == 0)
	fails("Invalid key 2.0", core.index, root, 2.0)
	fails("Invalid key 1.5", core.index, root, 1.5)
	fails("string expected, got nil", core.index, root, nil)
	fails("string expected, got boolean", core.index, root, true)
	core.delete(root)
end

local function test_refusals()
	fails("bad argument #1 to 'skynet.sharedata.core.new' (table expected, got string)", core.new, "x")
	fails("Unsupport value type function", core.new, { print })
	fails("Unsupport value type userdata", core.new, { a = { io.stdout } })
	fails("Invalid key 1.5", core.new, { [1.5] = 1 })
	fails("Invalid key type boolean", core.new, { [true] = 1 })
	fails("Need a conf object", core.index, nil, 1)
	fails("Need a conf object", core.incref, {})
	fails("Need a conf object", core.len, io.stdout)
	local circle = {}
	circle.circle = circle
	fails("contains itself", core.new, circle)
	local deep = {}
	for _ = 1, 100000 do
		deep = { deep }
	end
	local root = core.new(deep)
	assert(core.len(root) == 1)
	core.delete(root)
end

local function test_walk()
	local old, new = core.new { v = 1, sub = {} }, core.new { v = 2 }
	local sub = core.index(old, "sub")
	assert(core.incref(old) == 1)
	local box = core.box(old)
	assert(core.getref(sub) == 2 and core.incref(sub) == 3 and core.decref(old) == 2)
	assert(select("#", core.needupdate(box)) == 0)
	assert(core.isdirty(old) == false)
	core.markdirty(old)
	assert(core.isdirty(sub) == true and core.isdirty(new) == false)
	fails("You should update a new object", core.update, box, old, {})
	fails("table expected", core.update, box, new, 1)
	fails("light userdata expected", core.update, box, "x", {})
	fails("expected", core.update, io.stdout, new, {})
	local kept = setmetatable({ core.box(new) }, { __mode = "k" })
	core.update(box, new, kept)
	kept = nil
	collectgarbage()
	local successor, holder = core.needupdate(box)
	assert(successor == new and type(holder[1]) == "userdata" and core.getref(new) == 1)
	box, holder = nil, nil
	collectgarbage()
	collectgarbage()
	assert(core.getref(old) == 1 and core.getref(new) == 0)
end

--- Nothing a script can hand in leads to memory that is not there.
local function test_wrong_addresses()
	local other = require "skynet.sharetable.core".matrix("return {}"):getptr()
	local root = core.new { { x = 1 }, n = 5 }
	local inner = core.index(root, 1)
	assert(core.index(inner, "x") == 1)
	core.delete(root)
	for _, f in ipairs { core.isdirty, core.len, core.hashlen, core.nextkey, core.getref, core.box, core.markdirty, core.delete } do
		fails("this one was deleted, or is none", f, root)
		fails("this one was deleted, or is none", f, inner)
		fails("this one was deleted, or is none", f, other)
	end
	fails("this one was deleted, or is none", core.index, inner, "x")
	local box = core.box(core.new {})
	local meta = debug.getmetatable(box)
	local stream = debug.getmetatable(io.stdout)
	meta.__gc(io.stdout)
	meta.__gc(nil)
	meta.__gc "text"
	meta.__gc(root)
	meta.__gc(box)
	meta.__gc(box)
	assert(io.type(io.stdout) == "file" and stream)
	fails("conf box expected", core.needupdate, box)
	fails("conf box expected", core.needupdate, root)
end

drill.run("sharedata_core", function()
	test_values()
	test_refusals()
	test_walk()
	test_wrong_addresses()
end)
