using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Models.Parts;

/// <summary>Which presynaptic units reach which postsynaptic ones, and how.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(DenseConnectionSpec), "dense")]
[JsonDerivedType(typeof(PatchConnectionSpec), "patches")]
public abstract record ConnectionSpec;

/// <summary>All to all.</summary>
public sealed record DenseConnectionSpec : ConnectionSpec;

/// <summary>
/// One set of local filters shared over an image: whitened patches, rectified responses, averages over a grid (Coates, Lee and Ng 2011).
/// The filters are drawn from the patches of the first events. The postsynaptic population has filters × (grid² + peaks²) units of kind <c>identity</c>.
/// </summary>
public sealed record PatchConnectionSpec : ConnectionSpec
{
    /// <summary>Side of a patch in pixels, 2 … 16 and at most the image's smaller side.</summary>
    public int Side { get; init; } = 8;

    /// <summary>Pixels between neighbouring patches, 1 … side.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Filters, 16 … 4096, a multiple of 16.</summary>
    public int Filters { get; init; } = 256;

    /// <summary>Cells of the grid per side, 1 … 8.</summary>
    public int Grid { get; init; } = 3;

    /// <summary>Cells per side of a second, coarser grid of which the largest response is taken instead of the mean, 0 … 8; 0: none.</summary>
    public int Peaks { get; init; }

    /// <summary>θ of the rectification, in standard deviations of the response to white noise, 0 … 10.</summary>
    public float Threshold { get; init; } = 0.25f;

    /// <summary>Events from which filters are drawn, 0 … 10,000. 0: they never form and stay random.</summary>
    public int FormingEvents { get; init; } = 20;

    /// <summary>Features that it gives: filters × (grid² + peaks²).</summary>
    [JsonIgnore]
    public int FeatureCount => Filters * ((Grid * Grid) + (Peaks * Peaks));
}
