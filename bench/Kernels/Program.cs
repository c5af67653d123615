using LifelongApi.Kernels.Table;

if (args is ["table", .. var options])
{
    return TableCommand.Run(options);
}

if (args is [StoredModel.Verb, var path])
{
    return StoredModel.Open(path);
}

BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(LifelongApi.Kernels.RowKernelBenchmarks).Assembly).Run(args);
return 0;
