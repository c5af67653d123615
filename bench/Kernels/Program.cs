BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(LifelongApi.Kernels.RowKernelBenchmarks).Assembly).Run(args);
