using System.Globalization;

namespace LifelongApi.Experiments.Harness;

/// <summary>A finished experiment as a table for people.</summary>
/// <param name="Experiment">Which.</param>
/// <param name="Result">What it measured.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="IsQuick">Whether it was the short form.</param>
internal sealed record Report(Experiment Experiment, ExperimentResult Result, double Seconds, bool IsQuick)
{
    public bool Passed => Result.Measurements.All(measurement => measurement.Passed);

    public void WriteTable(TextWriter writer)
    {
        writer.WriteLine();
        writer.WriteLine($"{Experiment.Name}{(IsQuick ? " (quick: not comparable with the bars)" : string.Empty)}: {Experiment.Protocol}");
        writer.WriteLine($"  {"metric",-44} {"published",10} {"bar",10} {"ours",10} {"± std",9}  seeds");
        foreach (var measurement in Result.Measurements)
        {
            writer.WriteLine($"  {measurement.Metric,-44} {Number(measurement.Anchor),10} {Bar(measurement.Bar, measurement.LowerIsBetter),10} {Number(measurement.Mean),10} {Number(measurement.Deviation),9}  {measurement.Values.Count} {(measurement.Bar is null ? string.Empty : measurement.Passed ? "reached" : "MISSED")}");
        }

        foreach (var (name, value) in Result.Details)
        {
            writer.WriteLine($"  {name}: {Text(value)}");
        }

        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Seconds:F1} s"));
    }

    internal static string Bar(double? bar, bool lowerIsBetter) => bar is null ? string.Empty : $"{(lowerIsBetter ? "≤" : "≥")} {Number(bar)}";

    internal static string Number(double? value) => value is not { } number ? string.Empty
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
