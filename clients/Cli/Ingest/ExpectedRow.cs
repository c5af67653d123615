namespace LifelongApi.Cli.Ingest;

/// <summary>What is remembered of a row until its answer comes.</summary>
/// <param name="Number">Its number within the file.</param>
/// <param name="Label">Its class; null: none.</param>
/// <param name="Target">Its numbers; null: none.</param>
/// <param name="Fraction">Share of the file read with it.</param>
/// <param name="Error">Why it was not sent; null: it was.</param>
internal readonly record struct ExpectedRow(long Number, string? Label, IReadOnlyList<double>? Target, double Fraction, string? Error);
