using System.Diagnostics;
using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Experiments.Harness;

var line = new CommandLine(args);
var chosen = line.Name == "all" ? ExperimentTable.All : [.. ExperimentTable.All.Where(experiment => experiment.Name == line.Name)];
if (chosen.Count == 0)
{
    Console.Error.WriteLine("Usage: Experiments <name>|all [--data DIR] [--seeds N] [--jobs N] [--quick] [--json] [--markdown] [--spec]");
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

var reports = new List<Report>();
foreach (var experiment in chosen)
{
    var watch = Stopwatch.StartNew();
    try
    {
        reports.Add(new Report(experiment, experiment.Run(new ExperimentRun(line, experiment)), watch.Elapsed.TotalSeconds, line.Has("--quick")));
        reports[^1].WriteTable(Console.Out);
    }
    catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException or ArgumentException)
    {
        Console.Error.WriteLine($"{experiment.Name}: {problem.Message}");
        if (chosen.Count == 1)
        {
            return 1;
        }
    }
}

if (line.Has("--markdown"))
{
    Report.WriteMarkdownHead(Console.Out);
    reports.ForEach(report => report.WriteMarkdown(Console.Out));
}

if (line.Has("--json"))
{
    reports.ForEach(report => report.WriteJson(Console.Out));
}

return reports.All(report => report.Passed || report.IsQuick) ? 0 : 3;
