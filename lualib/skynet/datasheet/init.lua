-- The reading side of datasheets: big read-only tables that many services look into. To require this waits until
-- some service has required `skynet.datasheet.builder`.

local skynet = require "skynet"
local tree = require "skynet.datasheet.tree"
local take_lease = require "skynet.sharedata.lease"

local M = {}

---@type integer
local daemon
---@type table<string, table>
local sheets = {}
---@type table<string, string> why a query failed; it fails the same way ever after
local failures = {}

--- Follows a sheet from edition to edition; the lease lives in the tables that are still packed.
local function follow(name, sheet, version)
	while true do
		local lease = take_lease(daemon, name, skynet.call(daemon, "lua", "monitor", name, version))
		if not lease then
			return
		end
		tree.update(sheet, lease, lease.pointer, lease.size)
		version = lease.version
	end
end

--- The table of a datasheet. Raises when there is none of that name.
---@param name string
---@return table
function M.query(name)
	if failures[name] then
		error(failures[name])
	end
	if sheets[name] then
		return sheets[name]
	end
	local found, version, pointer, size = pcall(skynet.call, daemon, "lua", "query", name)
	-- Somebody else in this service may have asked while this coroutine waited.
	if sheets[name] then
		take_lease(daemon, name, found and version or nil, pointer, size)
		return sheets[name]
	end
	if not found then
		failures[name] = tostring(version)
		error(failures[name])
	end
	local lease = assert(take_lease(daemon, name, version, pointer, size))
	sheets[name] = tree.new(lease)
	skynet.fork(follow, name, sheets[name], version)
	return sheets[name]
end

skynet.init(function()
	daemon = skynet.queryservice "datasheetd"
end)

return M
