-- What a daemon of shared data keeps: the current edition of every name, and old editions as long as somebody
-- still reads them. An edition is lent, counted by borrower, and given back; the dead give nothing back.

local skynet = require "skynet"
local blocks = require "skynet.sharedata.blocks"

---@class store.edition
---@field name string
---@field version integer
---@field tree blocks.tree
---@field borrowers table<integer, integer> address -> how many leases

---@class store
---@field private current table<string, store.edition>
---@field private retired table<integer, store.edition> by version
---@field private monitors table<string, { source: integer, respond: function }[]>
---@field private last_version integer
---@field private sweeping boolean
local store = {}
store.__index = store

--- Ticks between two looks for borrowers that died with an old edition in hand.
local SWEEP_INTERVAL <const> = 6000

---@return store
local function new()
	return setmetatable({ current = {}, retired = {}, monitors = {}, last_version = 0, sweeping = false }, store)
end

local function lend(edition, source)
	edition.borrowers[source] = (edition.borrowers[source] or 0) + 1
	return edition.version, edition.tree.pointer, edition.tree.size
end

--- Frees an old edition once its last reader has gone.
---@param edition store.edition
function store:free_if_unread(edition)
	if next(edition.borrowers) == nil then
		self.retired[edition.version] = nil
		blocks.free(edition.tree)
	end
end

--- Forgets borrowers that are no more; runs only while old editions exist.
function store:sweep()
	for _, edition in pairs(self.retired) do
		for address in pairs(edition.borrowers) do
			if not skynet.send(address, "debug", "PING") then
				edition.borrowers[address] = nil
			end
		end
		self:free_if_unread(edition)
	end
	self.sweeping = next(self.retired) ~= nil
	if self.sweeping then
		skynet.timeout(SWEEP_INTERVAL, function() self:sweep() end)
	end
end

--- Sets an edition aside until its readers have moved on.
---@param edition store.edition
function store:retire(edition)
	self.retired[edition.version] = edition
	self:free_if_unread(edition)
	if not self.sweeping and next(self.retired) then
		self.sweeping = true
		skynet.timeout(SWEEP_INTERVAL, function() self:sweep() end)
	end
end

--- Answers all who wait for a change of this name: with the new edition, or with nothing when there is none.
---@param name string
function store:notify(name)
	local waiting, edition = self.monitors[name] or {}, self.current[name]
	self.monitors[name] = nil
	for _, monitor in ipairs(waiting) do
		if not edition then
			monitor.respond(true)
		elseif not monitor.respond(true, lend(edition, monitor.source)) then
			self:give_back(monitor.source, name, edition.version)
		end
	end
end

local function count(t)
	local n = 0
	for _ in pairs(t) do
		n = n + 1
	end
	return n
end

--- What the debug console's `info` shows of a daemon.
---@return { current: integer, retired: integer }
function store:summary()
	return { current = count(self.current), retired = count(self.retired) }
end

---@param name string
---@return boolean
function store:has(name)
	return self.current[name] ~= nil
end

--- Makes a tree the current edition of a name.
---@param name string
---@param tree blocks.tree
function store:publish(name, tree)
	local old = self.current[name]
	self.last_version = self.last_version + 1
	self.current[name] = { name = name, version = self.last_version, tree = tree, borrowers = {} }
	self:notify(name)
	if old then
		self:retire(old)
	end
end

--- Takes a name away; those who read its last edition may go on.
---@param name string
function store:withdraw(name)
	local old = self.current[name]
	if old then
		self.current[name] = nil
		self:notify(name)
		self:retire(old)
	end
end

--- Lends the current edition.
---@param name string
---@param source integer
---@return integer? version nil when there is no such name
---@return lightuserdata? pointer
---@return integer? size
function store:borrow(name, source)
	local edition = self.current[name]
	if edition then
		return lend(edition, source)
	end
end

--- Ends one lease.
---@param source integer
---@param name string
---@param version integer
function store:give_back(source, name, version)
	local edition = self.retired[version]
	local current = self.current[name]
	if not edition and current and current.version == version then
		edition = current
	end
	if not (edition and edition.borrowers[source]) then
		return
	end
	local left = edition.borrowers[source] - 1
	edition.borrowers[source] = left > 0 and left or nil
	if self.retired[version] then
		self:free_if_unread(edition)
	end
end

--- Answers the current request when the name has another edition than `version`.
---@param name string
---@param version integer
---@param source integer
function store:monitor(name, version, source)
	local edition = self.current[name]
	if not edition then
		return skynet.retpack()
	end
	if edition.version ~= version then
		return skynet.retpack(lend(edition, source))
	end
	local waiting = self.monitors[name] or {}
	self.monitors[name] = waiting
	waiting[#waiting + 1] = { source = source, respond = skynet.response() }
end

---Makes this service the daemon of the store: with the given commands, and those that all readers send.
---@param command table<string, fun(source: integer, ...)>
function store:serve(command)
	function command.monitor(source, name, version)
		self:monitor(name, version, source)
	end
	function command.release(source, name, version)
		self:give_back(source, name, version)
	end
	skynet.dispatch("lua", function(_, source, name, ...)
		local handler = assert(command[name], name)
		handler(source, ...)
	end)
	skynet.info_func(function() return self:summary() end)
	skynet.start(function() end)
end

return new
