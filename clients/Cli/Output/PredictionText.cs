using System.Globalization;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Cli.Output;

/// <summary>A prediction in one line.</summary>
internal static class PredictionText
{
    internal static string Describe(Prediction? prediction) => prediction switch
    {
        { Label: { } label } => string.Create(CultureInfo.InvariantCulture, $"{label}  {prediction.Probability:F4}"),
        { Values: { } values } => string.Join(' ', values.Select(value => value.ToString("G9", CultureInfo.InvariantCulture))),
        { Score: { } score } => string.Create(CultureInfo.InvariantCulture, $"{(prediction.IsAnomaly == true ? "anomaly" : "usual")}  {score:F4}"),
        { Surprise: { } surprise } => string.Create(CultureInfo.InvariantCulture, $"no score yet  (surprise {surprise:F4})"),
        _ => "nothing yet",
    };
}
