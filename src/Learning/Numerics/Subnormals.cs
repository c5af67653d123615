using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LifelongApi.Learning.Numerics;

/// <summary>
/// Traces that only decay end among the subnormal numbers and stay there (0.9 times the smallest number rounds to itself), where many processors take a hundred times as long for
/// an operation. What is too small to matter beside any epsilon becomes zero instead, on every machine alike.
/// </summary>
internal static class Subnormals
{
    /// <summary>Smaller magnitudes become zero: far enough above the smallest normal number (1.2·10⁻³⁸) that a product with a rate is still normal.</summary>
    public const float Least = 1e-30f;

    /// <summary>Smaller proposals are zero where their squares are kept: the square is then above <see cref="Least"/>.</summary>
    public const float LeastSquared = 1e-15f;

    /// <summary>The number, or zero where its magnitude is below <see cref="Least"/>.</summary>
    /// <param name="value">The number.</param>
    /// <returns>It, or 0.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Flush(float value) => MathF.Abs(value) < Least ? 0f : value;

    /// <summary>Each number, or zero where its magnitude is below a bound.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="least">The bound.</param>
    /// <returns>They, or 0.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Flush(Vector512<float> values, float least = Least) =>
        Vector512.AndNot(values, Vector512.LessThan(Vector512.Abs(values), Vector512.Create(least)));

    /// <summary>Each number, or zero where its magnitude is below a bound.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="least">The bound.</param>
    /// <returns>They, or 0.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Flush(Vector128<float> values, float least) =>
        Vector128.AndNot(values, Vector128.LessThan(Vector128.Abs(values), Vector128.Create(least)));
}
