-- Replaces everything that finds modules before the library has loaded any of its parts, and lives on.
-- Answers a `lua` message with `all found`.
local skynet = require "skynet"

package.path, package.cpath, package.searchers = "./nowhere/?.lua", "./nowhere/?.so", {}
require = nil
package = nil

skynet.start(function()
	skynet.dispatch("lua", function()
		local response = skynet.response()
		skynet.fork(function()
			skynet.sleep(0)
			skynet.timeout(0, function()
				response(true, "all found")
				skynet.exit()
			end)
		end)
	end)
end)
