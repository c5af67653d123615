using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Models.Parts;

/// <summary>How a projection's weights start. Draws are keyed by (seed, projection, pre, post).</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ZeroWeightsSpec), "zero")]
[JsonDerivedType(typeof(GaussianWeightsSpec), "gaussian")]
[JsonDerivedType(typeof(LocalWeightsSpec), "local")]
[JsonDerivedType(typeof(SparseWeightsSpec), "sparse")]
[JsonDerivedType(typeof(FourierWeightsSpec), "fourier")]
public abstract record InitialWeightsSpec;

/// <summary>All weights zero: the choice for readouts.</summary>
public sealed record ZeroWeightsSpec : InitialWeightsSpec;

/// <summary>Independent normal draws with standard deviation <c>scale / sqrt(fan-in)</c> (He et al. 2015 with scale √2); bias draws with <c>biasScale</c>.</summary>
public sealed record GaussianWeightsSpec : InitialWeightsSpec
{
    /// <summary>Numerator of the standard deviation, above 0.</summary>
    public float Scale { get; init; } = 1.4142135f;

    /// <summary>Standard deviation of the weights from the bias unit, 0 or more.</summary>
    public float BiasScale { get; init; }
}

/// <summary>Gaussian draws within a square receptive field at a random place of an image input; zero outside it. Needs input kind <c>image</c>.</summary>
public sealed record LocalWeightsSpec : InitialWeightsSpec
{
    /// <summary>Side of the receptive field in pixels, from 1 to the image's smaller side.</summary>
    public int Field { get; init; } = 12;

    /// <summary>Numerator of the standard deviation over the square root of the pixels in the field, above 0.</summary>
    public float Scale { get; init; } = 1.4142135f;

    /// <summary>Standard deviation of the weights from the bias unit, 0 or more.</summary>
    public float BiasScale { get; init; }
}

/// <summary>Every postsynaptic unit samples a few presynaptic units at random, all with the same excitatory weight (Dasgupta, Stevens and Navlakha 2017); none from the bias.</summary>
public sealed record SparseWeightsSpec : InitialWeightsSpec
{
    /// <summary>Presynaptic units that each postsynaptic unit samples, 1 … the presynaptic units.</summary>
    public int Inputs { get; init; } = 16;

    /// <summary>Every weight times the root of <c>inputs</c>, above 0.</summary>
    public float Scale { get; init; } = 1f;
}

/// <summary>
/// Frequencies and phases of random Fourier features (Rahimi and Recht 2007): normal draws with standard deviation 1 / lengthScale, bias draws uniform in [0, 2π).
/// Before a population of kind <c>cosine</c> the inner product of two feature vectors approaches exp(−‖x − x′‖² / (2 lengthScale²)).
/// </summary>
public sealed record FourierWeightsSpec : InitialWeightsSpec
{
    /// <summary>Distance between inputs over which features change, in the units of the prepared input, above 0. With n standardised numbers √n is a common choice.</summary>
    public float LengthScale { get; init; } = 1f;
}
