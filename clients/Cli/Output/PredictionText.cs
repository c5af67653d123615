using System.Globalization;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Cli.Output;

/// <summary>A prediction in one line.</summary>
internal static class PredictionText
{
    internal static string Explain(Explanation explanation) => string.Join(
        Environment.NewLine,
        [
            string.Create(CultureInfo.InvariantCulture, $"score {explanation.Score:F4} = without features {explanation.Baseline:F4} + features + together {explanation.Interaction:F4}"),
            .. explanation.Contributions.Select(part => string.Create(CultureInfo.InvariantCulture, $"  {part.Contribution,9:F4}  {PartOf(part)}")),
        ]);

    private static string PartOf(FeatureContribution part) => part.Region is { } region
        ? string.Create(CultureInfo.InvariantCulture, $"rows {region.Row}-{region.Row + region.Height - 1}, columns {region.Column}-{region.Column + region.Width - 1}")
        : part.Feature ?? "#" + part.Index;

    internal static string Describe(Prediction? prediction) => prediction switch
    {
        { Abstained: true } => string.Create(CultureInfo.InvariantCulture, $"abstained  {prediction.MostProbable()}  {prediction.Probability:F4}"),
        { Label: { } label } => string.Create(CultureInfo.InvariantCulture, $"{label}  {prediction.Probability:F4}"),
        { Values: { } values } => string.Join(' ', values.Select(value => value.ToString("G9", CultureInfo.InvariantCulture))),
        { Score: { } score } => string.Create(CultureInfo.InvariantCulture, $"{(prediction.IsAnomaly == true ? "anomaly" : "usual")}  {score:F4}"),
        { Surprise: { } surprise } => string.Create(CultureInfo.InvariantCulture, $"no score yet  (surprise {surprise:F4})"),
        _ => "nothing yet",
    };
}
