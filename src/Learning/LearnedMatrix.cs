namespace LifelongApi.Learning;

/// <summary>A copy of learned numbers, row by row without padding.</summary>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Values">Shape [rows, columns].</param>
public sealed record LearnedMatrix(int Rows, int Columns, float[] Values);
