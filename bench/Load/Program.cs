using System.Globalization;
using LifelongApi.Kernels.Table;
using LifelongApi.Load;

// [--json] [--quick] [--only PART,…] [--match TEXT] [--cores SERVER,DRIVER] [--data FOLDER] [--root FOLDER]: every bar of the service beside its reference.
if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("bench/Load pins processes with taskset and reads their CPU time; it runs on Linux.");
    return 2;
}

var only = Report.Value(args, "--only")?.Split(',');
if (only?.FirstOrDefault(name => LoadRows.All.All(measurement => measurement.Part != name)) is { } unknown)
{
    Console.Error.WriteLine($"There is no part '{unknown}'; there are {string.Join(", ", LoadRows.All.Select(measurement => measurement.Part).Distinct())}.");
    return 2;
}

var match = Report.Value(args, "--match") ?? string.Empty;
var cores = (Report.Value(args, "--cores") ?? (Environment.ProcessorCount > 1 ? "0,1" : "0,0")).Split(',').Select(core => int.Parse(core, CultureInfo.InvariantCulture)).ToArray();
var options = new LoadOptions(args.Contains("--quick"), cores[0], cores[1], Report.Value(args, "--data"), Report.Value(args, "--root"));
await LoadOptions.PinSelfAsync(cores[1].ToString(CultureInfo.InvariantCulture));
await using var session = new LoadSession(options);
return await Report.PrintAsync(Rows(), args.Contains("--json"));

async IAsyncEnumerable<Row> Rows()
{
    var part = string.Empty;
    foreach (var measurement in LoadRows.All.Where(measurement => (only is null || only.Contains(measurement.Part)) && measurement.Name.Contains(match, StringComparison.Ordinal)))
    {
        if (measurement.Part != part)
        {
            // Every part has servers and stores of its own.
            await session.EndAsync();
            part = measurement.Part;
        }

        foreach (var row in await session.MeasureAsync(measurement))
        {
            yield return row;
        }
    }
}
