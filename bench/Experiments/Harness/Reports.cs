using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LifelongApi.Experiments.Harness;

/// <summary>A finished experiment as a table for people, a JSON line for programs, rows for the evidence page.</summary>
/// <param name="Experiment">Which.</param>
/// <param name="Result">What it measured.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="IsQuick">Whether it was the short form.</param>
internal sealed record Report(Experiment Experiment, ExperimentResult Result, double Seconds, bool IsQuick)
{
    private static readonly JsonSerializerOptions Line = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public bool Passed => Result.Measurements.All(measurement => measurement.Passed);

    public void WriteTable(TextWriter writer)
    {
        writer.WriteLine();
        writer.WriteLine($"{Experiment.Name}{(IsQuick ? " (quick: not comparable with the bars)" : string.Empty)}: {Experiment.Protocol}");
        writer.WriteLine($"  {"metric",-44} {"published",10} {"bar",10} {"ours",10} {"± std",9}  seeds");
        foreach (var measurement in Result.Measurements)
        {
            writer.WriteLine($"  {measurement.Metric,-44} {Number(measurement.Anchor),10} {Bar(measurement),10} {Number(measurement.Mean),10} {Number(measurement.Deviation),9}  {measurement.Values.Count} {(measurement.Bar is null ? string.Empty : measurement.Passed ? "reached" : "MISSED")}");
        }

        foreach (var (name, value) in Result.Details)
        {
            writer.WriteLine($"  {name}: {Text(value)}");
        }

        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Seconds:F1} s"));
    }

    public void WriteJson(TextWriter writer)
    {
        var main = Result.Measurements[0];
        var details = Result.Measurements.Skip(1).ToDictionary(other => other.Metric, other => (object)new { other.Mean, Std = other.Deviation, other.Anchor, other.Bar, other.Passed });
        foreach (var (name, value) in Result.Details)
        {
            details[name] = value;
        }

        writer.WriteLine(JsonSerializer.Serialize(
            new
            {
                Experiment = Experiment.Name,
                main.Metric,
                main.Mean,
                Std = main.Deviation,
                Seeds = main.Values.Count,
                main.Anchor,
                main.Bar,
                Passed,
                Seconds = Math.Round(Seconds, 1),
                Quick = IsQuick,
                Details = details,
            },
            Line));
    }

    public static void WriteMarkdownHead(TextWriter writer)
    {
        writer.WriteLine("| experiment | protocol | metric | published | bar | ours | seeds | seconds | state |");
        writer.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    }

    public void WriteMarkdown(TextWriter writer)
    {
        var state = Result.Details.TryGetValue("state bytes", out var bytes) ? Text(bytes) : string.Empty;
        for (var i = 0; i < Result.Measurements.Count; i++)
        {
            var measurement = Result.Measurements[i];
            var (name, protocol, seconds) = i == 0 ? ($"`{Experiment.Name}`", Experiment.Protocol, Seconds.ToString("F0", CultureInfo.InvariantCulture)) : (string.Empty, string.Empty, string.Empty);
            var ours = $"{Number(measurement.Mean)} ± {Number(measurement.Deviation)}{(measurement.Passed ? string.Empty : " (missed)")}";
            writer.WriteLine($"| {name} | {protocol} | {measurement.Metric} | {Number(measurement.Anchor)} | {Bar(measurement)} | {ours} | {measurement.Values.Count} | {seconds} | {(i == 0 ? state : string.Empty)} |");
        }
    }

    private static string Bar(Measurement measurement) =>
        measurement.Bar is null ? string.Empty : $"{(measurement.LowerIsBetter ? "≤" : "≥")} {Number(measurement.Bar)}";

    private static string Number(double? value) => value is not { } number ? string.Empty
        : number == 0 ? "0"
        : Math.Abs(number) is >= 1e5 or < 1e-3 ? number.ToString("0.##e0", CultureInfo.InvariantCulture)
        : number.ToString(Math.Abs(number) >= 10 ? "0.##" : "0.####", CultureInfo.InvariantCulture);

    private static string Text(object value) => value switch
    {
        double number => Number(number),
        IEnumerable<double> numbers => string.Join(" ", numbers.Select(number => Number(number))),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? string.Empty,
    };
}
