using LifelongApi.Cli;
using LifelongApi.Cli.Rows;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Clients.Tests.Cli;

public sealed class InputTextTests
{
    [Theory]
    [InlineData("vector:784", InputKind.Vector, 784, null, null, null)]
    [InlineData("sparse:1000", InputKind.Sparse, 1000, null, null, null)]
    [InlineData("image:28x14", InputKind.Image, null, 28, 14, null)]
    [InlineData("image:32x32x3", InputKind.Image, null, 32, 32, 3)]
    [InlineData("named", InputKind.Named, null, null, null, null)]
    public void A_short_form_names_an_input(string text, InputKind kind, int? size, int? height, int? width, int? channels)
    {
        var input = InputText.Parse(text);

        Assert.Equal((kind, size, height, width, channels), (input.Kind, input.Size, input.Height, input.Width, input.Channels));
    }

    [Theory]
    [InlineData("encoder:net", "net", null)]
    [InlineData("encoder:net:pool/10:0", "net", "pool/10:0")]
    public void A_short_form_names_an_encoder_and_a_tensor(string text, string name, string? tensor)
    {
        var input = InputText.Parse(text);

        Assert.Equal((InputKind.Vector, name, tensor), (input.Kind, input.Encoder!.Name, input.Encoder.Features));
    }

    [Theory]
    [InlineData("encoder")]
    [InlineData("encoder:")]
    [InlineData("vector")]
    [InlineData("vector:0")]
    [InlineData("vector:1x2")]
    [InlineData("image:28")]
    [InlineData("image:28x-1")]
    [InlineData("named:3")]
    [InlineData("audio:3")]
    public void Anything_else_is_explained(string text) =>
        Assert.Contains("image:HxW", Assert.Throws<CliException>(() => InputText.Parse(text)).Message, StringComparison.Ordinal);
}
