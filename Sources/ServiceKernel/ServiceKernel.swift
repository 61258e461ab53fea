// ServiceKernel
