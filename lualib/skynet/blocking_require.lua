--- `require` inside coroutines: module chunks may block, so that several coroutines
--- can find themselves wanting the same unfinished module. And `skynet.init`, which belongs to it.

local require_own = select(3, ...) or require "skynet.require".own
local loading = require_own "skynet.require"
local skynet = require_own "skynet"
local package = require_own "package"

local running, traceback = coroutine.running, debug.traceback

---@class skynet.unfinished
---@field owner thread  the coroutine that runs the chunk
---@field waiters thread[]  coroutines that wait for it

---@type table<string, skynet.unfinished>
local unfinished = {}

--- The functions given to `skynet.init` by the module a coroutine is loading: one list per nested require.
---@type table<thread, function[]>
local at_end = {}

local M = {}

---Registers a function that runs before the start function, where it may block;
---in a module required by a coroutine, at the end of that `require`.
---@param f function
function M.init(f)
	assert(type(f) == "function")
	local co, main = running()
	table.insert(main and skynet._state.at_start or at_end[co], f)
end

---Runs what `init` collected so far for the start, in the order it came; each function runs once.
function M.init_all()
	local at_start = skynet._state.at_start or {}
	skynet._state.at_start = nil
	local i = 1
	while at_start[i] do
		at_start[i]()
		i = i + 1
	end
end

local function run_chunk(chunk, name, filename)
	local co = running()
	local outer, mine = at_end[co], {}
	at_end[co] = mine
	local ok, value = xpcall(chunk, traceback, name, filename)
	at_end[co] = outer
	if ok then
		for i = 1, #mine do
			ok = xpcall(mine[i], function(err)
				value = traceback(err)
			end)
			if not ok then
				break
			end
		end
	end
	return ok, value
end

local function release(entry, name)
	unfinished[name] = nil
	for i = 1, #entry.waiters do
		skynet.wakeup(entry.waiters[i])
	end
end

local function load_here(name, chunk, filename)
	local entry = { owner = running(), waiters = {} }
	unfinished[name] = entry
	-- The coroutine may be closed while the chunk is blocked: the others must not wait for ever.
	local _ <close> = setmetatable({}, { __close = function() release(entry, name) end })
	local ok, value = run_chunk(chunk, name, filename)
	if not ok then
		error(value, 0)
	end
	if value ~= nil then
		package.loaded[name] = value
	elseif package.loaded[name] == nil then
		package.loaded[name] = true
	end
	return package.loaded[name]
end

local function wait_for(entry, name)
	local co = running()
	if entry.owner == co then
		error("circular dependency", 3)
	end
	entry.waiters[#entry.waiters + 1] = co
	repeat
		skynet.wait(co)
	until unfinished[name] ~= entry
	local loaded = package.loaded[name]
	if loaded == nil then
		error(("require %s failed"):format(name), 3)
	end
	return loaded
end

---Loads a module from inside a coroutine.
---@param name string
---@return any module
function M.require(name)
	local entry = unfinished[name]
	if entry then
		return wait_for(entry, name)
	end
	local filename = package.searchpath(name, package.path)
	local chunk = filename and not package.preload[name] and loadfile(filename)
	if not chunk then
		-- C modules, and everything that goes wrong: the standard texts tell it best.
		return loading.standard(name)
	end
	return load_here(name, chunk, filename)
end

return M
