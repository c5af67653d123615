using System.Diagnostics;
using LifelongApi.Kernels.Table;
using LifelongApi.Load;

// [--json] [--quick] [--only PART,…]: every bar of the service beside its reference. The server runs on core 0, this driver on core 1.
if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("bench/Load pins processes with taskset and reads their CPU time; it runs on Linux.");
    return 2;
}

using (var self = Process.GetCurrentProcess())
{
    self.ProcessorAffinity = Environment.ProcessorCount > 1 ? 2 : 1;
}

var only = Report.Value(args, "--only")?.Split(',');
if (only?.FirstOrDefault(name => LoadRows.Parts.All(part => part.Name != name)) is { } unknown)
{
    Console.Error.WriteLine($"There is no part '{unknown}'; there are {string.Join(", ", LoadRows.Parts.Select(part => part.Name))}.");
    return 2;
}

await using var session = new LoadSession(args.Contains("--quick"));
return await Report.PrintAsync(Rows(), args.Contains("--json"));

async IAsyncEnumerable<Row> Rows()
{
    foreach (var part in LoadRows.Parts.Where(part => only is null || only.Contains(part.Name)))
    {
        await foreach (var row in part.Rows(session))
        {
            yield return row;
        }
    }
}
