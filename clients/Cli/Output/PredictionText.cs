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
            .. explanation.Contributions.Select(part => string.Create(CultureInfo.InvariantCulture, $"  {part.Contribution,9:F4}  {part.Feature ?? "#" + part.Index}")),
        ]);

    internal static string Describe(Prediction? prediction) => prediction switch
    {
        { Abstained: true } => string.Create(CultureInfo.InvariantCulture, $"abstained  {prediction.MostProbable()}  {prediction.Probability:F4}"),
        { Label: { } label } => string.Create(CultureInfo.InvariantCulture, $"{label}  {prediction.Probability:F4}"),
        { Values: { } values } => string.Join(' ', values.Select(value => value.ToString("G9", CultureInfo.InvariantCulture))),
        _ => "nothing yet",
    };
}
