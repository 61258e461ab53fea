--- Names and links between the nodes of a network.

local skynet = require "skynet"

---@class skynet.harbor
local M = {}

---Gives a service a name all nodes know; returns before the name is usable.
---@param name string
---@param handle integer?  default: this service
function M.globalname(name, handle)
	skynet.send(".cslave", "lua", "REGISTER", name, handle or skynet.self())
end

---Waits until somebody has the name.
---@param name string  `.local` names are answered at once
---@return integer?
function M.queryname(name)
	return skynet.call(".cslave", "lua", "QUERYNAME", name)
end

---Returns when the node goes down; at once when it is not connected.
---@param id integer
function M.link(id)
	skynet.call(".cslave", "lua", "LINK", id)
end

---Returns when the node is connected.
---@param id integer
function M.connect(id)
	skynet.call(".cslave", "lua", "CONNECT", id)
end

---Returns when the master is lost.
function M.linkmaster()
	skynet.call(".cslave", "lua", "LINKMASTER")
end

return M
