using System.Diagnostics;
using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Experiments.Harness;

var line = new CommandLine(args);
var chosen = line.Names is ["all"] ? ExperimentTable.All : [.. ExperimentTable.All.Where(experiment => line.Names.Contains(experiment.Name))];
if (chosen.Count == 0 || (line.Names is not ["all"] && chosen.Count < line.Names.Count))
{
    Console.Error.WriteLine("Usage: Experiments <name>[,<name>…]|all [--data DIR] [--seeds N] [--jobs N] [--quick] [--json] [--spec]");
    Console.Error.WriteLine("       [--record DIR] keeps what was measured in DIR; [--from DIR] takes what is kept there and runs nothing; [--markdown] prints the table; [--into FILE] writes it.");
    foreach (var experiment in ExperimentTable.All)
    {
        Console.Error.WriteLine($"  {experiment.Name,-20} {experiment.Protocol}");
    }

    return 2;
}

if (line.Has("--spec"))
{
    foreach (var (role, spec) in chosen.SelectMany(experiment => experiment.Specs.Select(pair => ($"{experiment.Name}/{pair.Key}", pair.Value))))
    {
        Console.WriteLine($"// {role}");
        Console.WriteLine(JsonSerializer.Serialize(spec, ContractJson.Options));
    }

    return 0;
}

try
{
    var kept = line.Text("--record");
    if (kept is not null && (line.Has("--quick") || line.Has("--validation")))
    {
        throw new ArgumentException("--record keeps evidence: run without --quick and --validation.");
    }

    var lines = line.Text("--from") is { } folder ? Evidence.Read(folder) : Run(kept);
    if (line.Has("--markdown"))
    {
        Console.Write(Evidence.Table(lines, chosen));
    }

    if (line.Text("--into") is { } page)
    {
        Evidence.WriteInto(page, Evidence.Table(lines, chosen));
    }

    if (line.Has("--json"))
    {
        foreach (var one in lines.Where(one => chosen.Any(experiment => experiment.Name == one.Experiment)))
        {
            Console.WriteLine(one);
        }
    }

    return lines.Count == 0 ? 1 : lines.All(one => one.Passed || one.Quick) ? 0 : 3;
}
catch (Exception problem) when (problem is IOException or ArgumentException or JsonException)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}

IReadOnlyList<ReportLine> Run(string? kept)
{
    var lines = new List<ReportLine>();
    foreach (var experiment in chosen)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            var report = new Report(experiment, experiment.Run(new ExperimentRun(line, experiment)), watch.Elapsed.TotalSeconds, line.Has("--quick"));
            report.WriteTable(Console.Out);
            lines.Add(ReportLine.Of(report, line));
            if (kept is not null)
            {
                Evidence.Keep(lines[^1], kept);
            }
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException or ArgumentException)
        {
            Console.Error.WriteLine($"{experiment.Name}: {problem.Message}");
        }
    }

    return lines;
}
